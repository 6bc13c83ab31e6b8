<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Widget\Archive;
use Widget\Options;
use Widget\User;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * What do we add to the theme's search page? A style, a script, and the script's data.
 *
 * No theme is edited, and the page works without all of it.
 */
final class SearchPage
{
    private const REASONS = [
        'paused' => '搜索服务连续几次没有回答，暂停询问 30 秒',
        'refused' => '搜索服务没有启动，或者地址、端口不对',
        'timeout' => '搜索服务没有在时限内回答',
        'dns' => '搜索服务的主机名无法解析',
        'tls' => '与搜索服务的 TLS 连接失败',
        'unauthorized' => '搜索服务拒绝了签名：密钥不同，或两台机器的时钟相差太多',
        'index_missing' => '搜索服务还没有索引，请运行 typecho-search reindex',
        'address' => '插件设置里的服务地址不正确',
    ];

    public static function header(Archive $archive): void
    {
        if (self::state($archive) !== null) {
            echo '<link rel="stylesheet" href="' . self::asset('search.css') . '">' . "\n";
        }
    }

    public static function footer(Archive $archive): void
    {
        $state = self::state($archive);
        if ($state === null) {
            return;
        }
        if ($state['answer'] === null) {
            self::notice();
            return;
        }
        $answer = $state['answer'];
        $data = [
            'home' => (string) Options::alloc()->siteUrl,
            'highlights' => Settings::has('highlight') ? $answer['highlights'] : [],
            'found' => $archive->getTotal() > 0,
            'corrected' => $answer['corrected'],
            'relaxed' => $answer['relaxed'],
            'suggestions' => $answer['suggestions'],
        ];
        $flags = JSON_HEX_TAG | JSON_HEX_AMP | JSON_HEX_APOS | JSON_HEX_QUOT | JSON_UNESCAPED_UNICODE
            | JSON_INVALID_UTF8_SUBSTITUTE;
        echo '<script type="application/json" id="search-bridge-data">' . json_encode($data, $flags) . '</script>'
            . '<script src="' . self::asset('search.js') . '" defer></script>' . "\n";
    }

    /**
     * Readers must not be bothered; the administrator should know.
     */
    private static function notice(): void
    {
        if (Service::failure() === '' || !User::alloc()->pass('administrator', true)) {
            return;
        }
        $reason = self::REASONS[Service::failure()] ?? '搜索服务的回答不可用（' . Service::failure() . '）';
        echo '<div class="search-bridge-notice" role="status">'
            . htmlspecialchars(_t('SearchBridge：%s。现在显示的是 Typecho 自带的搜索结果；此提示只有管理员能看到。', $reason))
            . '</div>' . "\n";
    }

    private static function state(?Archive $archive): ?array
    {
        return $archive !== null && $archive->is('search') ? Results::state($archive) : null;
    }

    private static function asset(string $name): string
    {
        $url = rtrim((string) Options::alloc()->pluginUrl, '/') . '/SearchBridge/assets/' . $name;

        return htmlspecialchars($url . '?v=' . Plugin::VERSION, ENT_QUOTES);
    }
}
