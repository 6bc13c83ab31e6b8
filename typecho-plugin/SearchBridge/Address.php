<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Where is the service? An http(s) address, perhaps with a path in front, or a Unix socket.
 */
final class Address
{
    /** @var string what precedes /api/..., without a slash at its end */
    public $base;

    /** @var string|null */
    public $socket;

    private function __construct(string $base, ?string $socket = null)
    {
        $this->base = $base;
        $this->socket = $socket;
    }

    /**
     * Null if the text is no address that we could ask.
     */
    public static function parse(string $text): ?self
    {
        $text = rtrim(trim($text), '/');
        if (preg_match('{^unix:(?://)?(/[^\s?#]+)$}', $text, $found)) {
            return new self('http://localhost', $found[1]);
        }
        $parts = parse_url($text);
        $scheme = strtolower((string) ($parts['scheme'] ?? ''));
        if (!in_array($scheme, ['http', 'https'], true) || empty($parts['host']) || isset($parts['query'])) {
            return null;
        }
        if (isset($parts['user']) || isset($parts['fragment']) || preg_match('/[\s\x00-\x1f]/', $text)) {
            return null;
        }

        return new self($text);
    }
}
