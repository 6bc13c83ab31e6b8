/*
 * What helps a reader on the search page beyond the list itself? Marked words, and a
 * line with other queries to try. Text only; the page is complete without this file.
 */
(function () {
  'use strict';

  const MOST_MARKS = 1000;
  const SKIP = /^(SCRIPT|STYLE|TEXTAREA|INPUT|SELECT|BUTTON|MARK|SVG|IFRAME|NOSCRIPT)$/i;

  function run() {
    const source = document.getElementById('search-bridge-data');
    if (!source) return;
    let data;
    try {
      data = JSON.parse(source.textContent);
    } catch (error) {
      return;
    }
    const main = document.querySelector('main, #main, [role="main"], #content, .content') || document.body;
    const posts = main.querySelectorAll('article, .post, .hentry');
    mark(posts.length ? posts : [main], data.highlights || []);
    hint(main, posts[0], data);
  }

  function mark(places, words) {
    const wanted = words.filter((word) => word.trim()).sort((a, b) => b.length - a.length);
    if (!wanted.length) return;
    const pattern = new RegExp(wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'giu');
    let left = MOST_MARKS;
    places.forEach((place) => {
      const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT, {
        acceptNode: (node) => (skipped(node, place) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT),
      });
      const texts = [];
      while (walker.nextNode()) texts.push(walker.currentNode);
      texts.forEach((text) => {
        if (left > 0) left -= markText(text, pattern);
      });
    });
  }

  function skipped(node, place) {
    for (let one = node.parentNode; one && one !== place.parentNode; one = one.parentNode) {
      if (SKIP.test(one.nodeName)) return true;
    }
    return false;
  }

  function markText(text, pattern) {
    const value = text.nodeValue;
    const parts = document.createDocumentFragment();
    let end = 0;
    let count = 0;
    for (const found of value.matchAll ? value.matchAll(pattern) : []) {
      if (!found[0]) continue;
      parts.appendChild(document.createTextNode(value.slice(end, found.index)));
      const box = document.createElement('mark');
      box.className = 'search-bridge';
      box.textContent = found[0];
      parts.appendChild(box);
      end = found.index + found[0].length;
      count += 1;
    }
    if (count) {
      parts.appendChild(document.createTextNode(value.slice(end)));
      text.parentNode.replaceChild(parts, text);
    }
    return count;
  }

  function hint(main, first, data) {
    const line = document.createElement('p');
    line.className = 'search-bridge-hint';
    if (data.corrected) {
      line.append('已按“', data.corrected, '”搜索。');
    } else if (data.relaxed) {
      line.append('没有文章同时包含全部词语，以下结果包含其中一部分。');
    }
    const others = (data.suggestions || []).filter((one) => one && one.query);
    if (others.length) {
      line.append('您是不是要找：');
      others.forEach((one, place) => {
        if (place) line.append('、');
        const link = document.createElement('a');
        link.href = data.home.replace(/\/?$/, '/') + '?s=' + encodeURIComponent(one.query);
        link.textContent = one.query;
        line.append(link);
      });
    }
    if (data.found === false && !line.textContent) {
      line.append('可以换更短、更常用的词再试，或者去掉引号和减号。');
    }
    if (!line.textContent) return;
    // Under the theme's heading; where nothing was found, under the theme's own words.
    if (!first) main.insertBefore(line, main.firstChild);
    else if (data.found === false) first.parentNode.insertBefore(line, first.nextSibling);
    else first.parentNode.insertBefore(line, first);
  }

  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', run);
  } else {
    run();
  }
})();
