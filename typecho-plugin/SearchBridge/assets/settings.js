/*
 * Does the service answer with what stands in the form right now? Without this file the
 * button is a link that tests the saved settings.
 */
(function () {
  'use strict';

  const button = document.getElementById('search-bridge-test');
  const result = document.getElementById('search-bridge-result');
  if (!button || !result || !window.fetch) return;

  function say(text, color) {
    result.textContent = text;
    result.style.color = color;
  }

  button.addEventListener('click', (event) => {
    event.preventDefault();
    const body = new URLSearchParams({ json: '1' });
    ['url', 'key', 'connectMs', 'totalMs'].forEach((name) => {
      const field = button.closest('form').elements[name];
      if (field) body.set(name, field.value);
    });
    say('正在测试…', '');
    fetch(button.href, { method: 'POST', body: body, credentials: 'same-origin' })
      .then((answer) => answer.json())
      .then((json) => {
        say((json.good ? '✔ ' : '✘ ') + json.text, json.good ? '#3c763d' : '#b94a48');
      })
      .catch(() => {
        say('✘ 测试请求没有完成：请刷新本页后再试（登录可能已过期）。', '#b94a48');
      });
  });
})();
