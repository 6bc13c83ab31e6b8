<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Was this request sent by someone who holds the key, and just now?
 *
 * The same scheme in both directions; service/signing.py is its other half.
 */
final class Signature
{
    public const WINDOW_S = 300;

    public static function sign(
        string $key,
        string $method,
        string $path,
        string $query,
        string $body,
        string $time,
        string $nonce
    ): string {
        $lines = ['v1', strtoupper($method), $path, $query, hash('sha256', $body), $time, $nonce];

        return hash_hmac('sha256', implode("\n", $lines), $key);
    }

    /**
     * The headers that make a request acceptable to the service.
     *
     * @return string[]
     */
    public static function headers(string $key, string $method, string $path, string $query, string $body): array
    {
        $time = (string) time();
        $nonce = bin2hex(random_bytes(16));

        return [
            'X-Search-Time: ' . $time,
            'X-Search-Nonce: ' . $nonce,
            'X-Search-Signature: ' . self::sign($key, $method, $path, $query, $body, $time, $nonce),
        ];
    }

    /**
     * Why the current request must be refused, as [message, hint], or null.
     */
    public static function refusal(string $key, string $method, string $path, string $query, string $body): ?array
    {
        $time = (string) ($_SERVER['HTTP_X_SEARCH_TIME'] ?? '');
        $nonce = (string) ($_SERVER['HTTP_X_SEARCH_NONCE'] ?? '');
        $given = (string) ($_SERVER['HTTP_X_SEARCH_SIGNATURE'] ?? '');
        if ($key === '') {
            return ['no key is set in the plugin', 'deactivate and activate SearchBridge to make a key'];
        }
        if ($time === '' || $nonce === '' || $given === '') {
            return ['signature missing', 'sign the request with the key shown on the plugin\'s settings page'];
        }
        if (!preg_match('/^[0-9]{1,12}$/D', $time) || !preg_match('/^[A-Za-z0-9]{16,64}$/D', $nonce)) {
            return ['signature malformed: needs unix seconds and 16 to 64 letters or digits', 'sign the request again'];
        }
        if (abs(time() - (int) $time) > self::WINDOW_S) {
            $format = 'Y-m-d\TH:i:s\Z';
            return [
                'clock differs too much: signed at ' . gmdate($format, (int) $time) . ', here it is ' . gmdate($format)
                    . ', at most ' . self::WINDOW_S . ' s are allowed',
                'set both machines\' clocks by NTP',
            ];
        }
        if (!hash_equals(self::sign($key, $method, $path, $query, $body, $time, $nonce), $given)) {
            return ['signature wrong', 'use the same key on both sides, without blanks around it'];
        }
        if (!Nonces::remember($nonce)) {
            return ['request replayed: this nonce was used before', 'send each request with a new nonce'];
        }

        return null;
    }
}
