<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Db;
use Typecho\Widget\Helper\Form;
use Typecho\Widget\Helper\Form\Element\Checkbox;
use Typecho\Widget\Helper\Form\Element\Text;
use Typecho\Widget\Helper\Layout;
use Widget\Options;
use Widget\Security;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * What does the owner see under “设置”?
 */
final class SettingsForm
{
    public static function build(Form $form): void
    {
        $values = Settings::all();
        $form->addInput(new Text('url', null, $values['url'], _t('搜索服务地址'), _t(
            '形如 http://127.0.0.1:7700，也可以是 unix:/run/typecho-search/search.sock。与 search.toml 里的 bind 一致。'
        )));
        $form->addInput(new Text('key', null, $values['key'], _t('密钥'), _t(
            '启用时自动生成，停用后仍保留。博客与服务之间的每个请求都用它签名，请勿公开。'
        )));
        $form->addInput(new Text('connectMs', null, $values['connectMs'], _t('连接超时（毫秒）'), _t('默认 150。')));
        $form->addInput(new Text('totalMs', null, $values['totalMs'], _t('总超时（毫秒）'), _t(
            '默认 400。超过这个时间没有回答，就显示 Typecho 自带的搜索结果。'
        )));
        $form->addInput(new Checkbox('extras', [
            'pages' => _t('搜索结果包含独立页面（Typecho 自带的搜索只找文章）'),
            'highlight' => _t('在搜索结果页标出搜索词'),
            'snippet' => _t('只显示搜索词附近的摘要，不显示全文（摘要来自索引，比文章晚几秒）'),
        ], $values['extras'], _t('搜索结果')));
        $form->addItem(self::block(self::testButton() . self::snippet($values['key'], $values['url'])));
    }

    private static function testButton(): string
    {
        // The token is bound to this page's address, so the request has to come from this page.
        $url = Security::alloc()->getIndex('/action/' . Endpoint::ACTION . '?do=test');
        $script = rtrim((string) Options::alloc()->pluginUrl, '/')
            . '/SearchBridge/assets/settings.js?v=' . Plugin::VERSION;

        return '<p><a class="btn" id="search-bridge-test" href="' . self::escape($url) . '"'
            . ' style="line-height:32px;text-decoration:none">' . _t('测试连接') . '</a></p>'
            . '<p id="search-bridge-result" style="margin:.5em 0 1.5em" role="status" aria-live="polite"></p>'
            . '<script src="' . self::escape($script) . '" defer></script>';
    }

    /**
     * The settings file of the service, as far as this blog knows it, ready to be copied.
     */
    private static function snippet(string $key, string $url): string
    {
        $lines = [
            '# ' . _t('保存为 /etc/typecho-search/search.toml；数据库账号只需要读权限'),
            'source = ' . self::quote(self::source()),
        ];
        $said = _t('点一下即选中全部，复制到服务器上。');
        if (Db::get()->getAdapter()->getDriver() !== 'sqlite') {
            $said .= _t('只需填写数据库密码。');
            $lines[] = 'source_password = "' . _t('数据库密码') . '"';
        }
        $lines[] = 'table_prefix = ' . self::quote(Db::get()->getPrefix());
        $lines[] = 'api_key = ' . self::quote($key);
        $lines[] = 'data_dir = "/var/lib/typecho-search"';
        $bind = self::bind($url);
        if ($bind !== '') {
            $lines[] = 'bind = ' . self::quote($bind);
        }
        $lines[] = '';
        $lines[] = '# ' . _t('服务连不上数据库时（虚拟主机、另一台机器），把 source 换成这一行，并删去密码和前缀：');
        $lines[] = '# source = ' . self::quote('export+' . rtrim((string) Options::alloc()->index, '/'));

        return '<label class="typecho-label">' . _t('服务的设置文件 search.toml') . '</label>'
            . '<p class="description">' . $said . '</p>'
            . '<pre id="search-bridge-toml" style="overflow:auto;user-select:all;-webkit-user-select:all"><code>'
            . self::escape(implode("\n", $lines)) . '</code></pre>';
    }

    /**
     * Where a service on this machine has to listen to be found at `$url`; '' if unknown.
     */
    private static function bind(string $url): string
    {
        $address = Address::parse($url);
        if ($address === null) {
            return '';
        }
        if ($address->socket !== null) {
            return 'unix:' . $address->socket;
        }
        $parts = parse_url($address->base);
        $here = in_array($parts['host'] ?? '', ['127.0.0.1', 'localhost'], true) && $parts['scheme'] === 'http';

        return $here && !isset($parts['path']) ? '127.0.0.1:' . ($parts['port'] ?? 80) : '';
    }

    private static function source(): string
    {
        $db = Db::get();
        $config = $db->getConfig(Db::READ)->toArray();
        $driver = $db->getAdapter()->getDriver();
        if ($driver === 'sqlite') {
            return 'sqlite:///' . ($config['file'] ?? '');
        }
        $host = (string) ($config['host'] ?? 'localhost');
        $port = (string) ($config['port'] ?? '');

        return ($driver === 'pgsql' ? 'postgresql' : 'mysql') . '://' . rawurlencode((string) ($config['user'] ?? ''))
            . '@' . $host . ($port === '' ? '' : ':' . $port)
            . '/' . rawurlencode((string) ($config['database'] ?? ''));
    }

    private static function block(string $html): Layout
    {
        $list = new Layout('ul', ['class' => 'typecho-option']);
        $item = new Layout('li');
        $item->html($html);

        return $list->addItem($item);
    }

    private static function quote(string $text): string
    {
        return (string) json_encode($text, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    }

    private static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
    }
}
