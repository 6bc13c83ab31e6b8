<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Was this nonce seen before? One empty file for each, made atomically.
 */
final class Nonces
{
    /** How long a nonce must be known: twice the window of the signature, in seconds. */
    private const KEEP_S = 2 * Signature::WINDOW_S;

    /**
     * True if it was new. Without a place to remember it nothing is accepted.
     */
    public static function remember(string $nonce): bool
    {
        // Case matters in a nonce, but not on every file system.
        $file = TempFolder::file('nonce-' . hash('sha256', $nonce));
        if ($file === null) {
            return false;
        }
        $handle = @fopen($file, 'x');
        if ($handle === false) {
            return false;
        }
        fclose($handle);
        if (random_int(1, 50) === 1) {
            self::forgetOld(dirname($file));
        }

        return true;
    }

    private static function forgetOld(string $folder): void
    {
        $oldest = time() - self::KEEP_S;
        foreach ((array) glob($folder . '/nonce-*') as $file) {
            $made = @filemtime((string) $file);
            if ($made !== false && $made < $oldest) {
                @unlink((string) $file);
            }
        }
    }
}
