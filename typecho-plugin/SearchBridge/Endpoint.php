<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Common;
use Typecho\Db;
use Widget\Options;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * What may the service read of this blog over HTTP? Signed questions, JSON answers.
 *
 * do=hello who is there; do=list every public cid with a hash of what can be found of
 * it; do=rows the rows of one table, in pages; do=reach what the service answers to this
 * blog, for `typecho-search doctor`. Nothing is written.
 */
final class Endpoint
{
    public const ACTION = 'search-bridge';
    /** Signed instead of the real path, which depends on rewriting and sub-folders. */
    private const PATH = '/action/search-bridge';

    public static function answer(): void
    {
        // Notices of PHP must not get into the JSON, neither before nor after it.
        ini_set('display_errors', '0');
        try {
            $refusal = Signature::refusal(
                Settings::text('key'),
                (string) ($_SERVER['REQUEST_METHOD'] ?? 'GET'),
                self::PATH,
                self::query(),
                (string) file_get_contents('php://input')
            );
            if ($refusal !== null) {
                self::fail(401, 'unauthorized', $refusal[0], $refusal[1]);
            }
            parse_str(self::query(), $asked);
            self::send(200, self::read($asked));
        } catch (\InvalidArgumentException $error) {
            self::fail(400, 'request_invalid', $error->getMessage(), 'see the description of the export endpoint');
        } catch (\Throwable $error) {
            error_log('SearchBridge: export: ' . get_class($error) . ': ' . $error->getMessage());
            self::fail(500, 'internal', 'the blog could not answer', 'look into the PHP error log of the blog');
        }
    }

    /**
     * Send JSON and end the request. Whatever was printed before is thrown away.
     */
    public static function send(int $status, array $content): void
    {
        ini_set('display_errors', '0');
        while (ob_get_level() > 0 && @ob_end_clean()) {
            continue;
        }
        if (!headers_sent()) {
            header_remove('Content-Type');
            header('Content-Type: application/json; charset=UTF-8', true, $status);
            header('Cache-Control: no-store');
            header('X-Robots-Tag: noindex');
        }
        echo json_encode(
            $content,
            JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION
        );
        exit;
    }

    private static function fail(int $status, string $code, string $message, string $hint): void
    {
        self::send($status, ['error' => ['code' => $code, 'message' => $message, 'hint' => $hint]]);
    }

    private static function read(array $asked): array
    {
        $limit = self::number($asked, 'limit', 200);
        switch (self::text($asked, 'do')) {
            case 'hello':
                return self::hello();
            case 'list':
                return (new Fingerprints())->page(self::number($asked, 'after', 0), min(500, max(1, $limit)));
            case 'rows':
                return (new Export())->page(
                    self::text($asked, 'table'),
                    self::text($asked, 'after'),
                    min(1000, max(1, $limit)),
                    self::cids($asked)
                );
            case 'reach':
                return self::reach();
        }

        throw new \InvalidArgumentException('unknown do; hello, list, rows and reach are known');
    }

    private static function hello(): array
    {
        $db = Db::get();
        $select = $db->select(['COUNT(table.contents.cid)' => 'num'])->from('table.contents');
        $count = $db->fetchRow(PublicRows::only($select));

        return [
            'plugin' => Plugin::VERSION,
            'typecho' => Common::VERSION,
            'php' => PHP_VERSION,
            'curl' => function_exists('curl_init'),
            'memory_limit' => (string) ini_get('memory_limit'),
            'time' => time(),
            'driver' => $db->getAdapter()->getDriver(),
            'prefix' => $db->getPrefix(),
            'charset' => (string) Options::alloc()->charset,
            'counts' => ['contents' => (int) ($count['num'] ?? 0)],
        ];
    }

    /**
     * One question to the service, with the limits that a visitor's search has.
     */
    private static function reach(): array
    {
        $settings = Settings::all();
        $started = microtime(true);
        $reply = (new Client($settings))->get('/api/cids', ['q' => '测试', 'limit' => 1]);
        $good = $reply->isGood() && isset($reply->json['cids']);

        return [
            'url' => (string) $settings['url'],
            'good' => $good,
            'failure' => $good ? '' : ($reply->code() ?: $reply->failure ?: 'json'),
            'detail' => $reply->detail,
            'generation' => $good ? (string) ($reply->json['generation'] ?? '') : '',
            'took_ms' => (int) round((microtime(true) - $started) * 1000),
            'limit_ms' => (int) $settings['totalMs'],
        ];
    }

    /**
     * The query string as it was sent.
     */
    private static function query(): string
    {
        $parts = explode('?', (string) ($_SERVER['REQUEST_URI'] ?? ''), 2);

        return $parts[1] ?? (string) ($_SERVER['QUERY_STRING'] ?? '');
    }

    private static function text(array $asked, string $name): string
    {
        return is_string($asked[$name] ?? null) ? $asked[$name] : '';
    }

    private static function number(array $asked, string $name, int $default): int
    {
        $text = self::text($asked, $name);
        if ($text === '') {
            return $default;
        }
        if (!ctype_digit($text) || strlen($text) > 10) {
            throw new \InvalidArgumentException($name . ' is not a number');
        }

        return (int) $text;
    }

    /**
     * @return int[]|null
     */
    private static function cids(array $asked): ?array
    {
        if (!isset($asked['cids'])) {
            return null;
        }
        if (!is_string($asked['cids']) || !preg_match('/^(\d{1,10}(,\d{1,10})*)?$/D', $asked['cids'])) {
            throw new \InvalidArgumentException('cids is not a list of numbers');
        }
        $cids = $asked['cids'] === '' ? [] : array_map('intval', explode(',', $asked['cids']));
        if (count($cids) > 1000) {
            throw new \InvalidArgumentException('more than 1000 cids');
        }

        return $cids;
    }
}
