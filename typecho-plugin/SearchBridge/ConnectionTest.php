<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Does the service answer this blog, and if not: what is wrong, and what should be done?
 */
final class ConnectionTest
{
    /**
     * @return array [true if all is well, a sentence or two]
     */
    public static function run(array $settings): array
    {
        if (Address::parse((string) $settings['url']) === null) {
            return [false, _t('服务地址“%s”不像一个地址。应形如 http://127.0.0.1:7700，不带 /api。', $settings['url'])];
        }
        $started = microtime(true);
        $reply = (new Client($settings))->get('/api/cids', ['q' => '测试', 'limit' => 1]);
        $tookMs = (int) round((microtime(true) - $started) * 1000);
        if ($reply->isGood() && isset($reply->json['cids'])) {
            Breaker::success();
            $generation = $reply->json['generation'] ?? '';
            return [true, _t(
                '连接成功：搜索服务在 %s 毫秒内回答，索引版本 %s。',
                (string) $tookMs,
                is_string($generation) && $generation !== '' ? $generation : '?'
            )];
        }

        return [false, self::explain($reply, $settings, $tookMs)];
    }

    private static function explain(Reply $reply, array $settings, int $tookMs): string
    {
        switch ($reply->code() ?: $reply->failure) {
            case 'refused':
                return _t(
                    '连接被拒绝：%s 上没有程序在监听。请在服务器上运行 typecho-search serve（或 systemctl start typecho-search），'
                        . '并核对地址和端口与 search.toml 里的 bind 一致。',
                    $settings['url']
                );
            case 'timeout':
                return _t(
                    '超时：%s 毫秒内没有得到回答（上限 %s 毫秒）。请检查防火墙和地址；如果服务在另一台机器上，可把超时调大。',
                    (string) $tookMs,
                    (string) $settings['totalMs']
                );
            case 'dns':
                return _t('主机名无法解析：请检查服务地址“%s”，或直接写 IP 地址。', $settings['url']);
            case 'tls':
                return _t('TLS 连接失败（%s）：请检查证书是否有效，本机服务请用 http://。', $reply->detail);
            case 'unauthorized':
                return self::unauthorized($reply);
            case 'index_missing':
            case 'index_unusable':
                return _t('服务在运行，密钥正确，但还没有可用的索引。请在服务器上运行 typecho-search reindex。');
            case 'json':
                return _t('“%s”有回答，但不是搜索服务。请检查端口是否被别的程序占用。', $settings['url']);
            case 'http':
                return $reply->status === 404
                    ? _t('“%s”有回答，但没有 /api/cids（404）：地址后面不要带路径，并检查它是否真的是搜索服务。', $settings['url'])
                    : _t('服务回答了错误：%s。请查看搜索服务的日志。', $reply->detail);
        }

        return _t('连接失败：%s。请运行 typecho-search doctor 查看原因。', $reply->detail);
    }

    private static function unauthorized(Reply $reply): string
    {
        if (stripos($reply->detail, 'clock') !== false) {
            return _t('两台机器的时钟相差超过 %s 秒（%s）。请在两边都开启 NTP 校时。', (string) Signature::WINDOW_S, $reply->detail);
        }
        if (stripos($reply->detail, 'no key') !== false) {
            return _t('搜索服务没有设置密钥。请把下方的 api_key 一行抄到 search.toml，然后重启服务。');
        }

        return _t('密钥不一致：请把本页的密钥原样抄到 search.toml 的 api_key，然后重启服务。（%s）', $reply->detail);
    }
}
