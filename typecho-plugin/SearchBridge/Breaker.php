<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Is it worth asking the service at all?
 *
 * After three failures in a row nobody asks for 30 seconds; then a single request may
 * try, while the others go on without. The state is a small file, never an option row:
 * a dead service must not cause writes to the blog's database.
 */
final class Breaker
{
    private const FAILURES = 3;
    private const SKIP_S = 30;
    /** How long the one request that tries may take before another may try. */
    private const PROBE_S = 5;

    public static function allows(): bool
    {
        $state = self::read(TempFolder::file('breaker.json'));
        if ($state['failures'] < self::FAILURES) {
            return true;
        }
        if (self::isOpen($state)) {
            return false;
        }

        $mine = false;
        self::change(static function (array $state) use (&$mine): array {
            // Whoever comes first under the lock moves the date; the others see it moved.
            if ($state['failures'] >= self::FAILURES && !self::isOpen($state)) {
                $state['until'] = time() + self::PROBE_S;
                $mine = true;
            }
            return $state;
        });

        return $mine;
    }

    public static function success(): void
    {
        $file = TempFolder::file('breaker.json');
        if ($file !== null && is_file($file)) {
            @unlink($file);
        }
    }

    public static function failure(): void
    {
        self::change(static function (array $state): array {
            $state['failures'] = min(self::FAILURES, $state['failures'] + 1);
            if ($state['failures'] >= self::FAILURES) {
                $state['until'] = time() + self::SKIP_S;
            }
            return $state;
        });
    }

    private static function isOpen(array $state): bool
    {
        // A date far ahead was written before the clock was set back: do not believe it.
        return time() < $state['until'] && $state['until'] <= time() + self::SKIP_S;
    }

    private static function read(?string $file): array
    {
        $handle = $file !== null && is_file($file) ? @fopen($file, 'r') : false;
        if ($handle === false) {
            return self::decode('');
        }
        // Without the lock an empty file could be read while another request writes it.
        flock($handle, LOCK_SH);
        $text = (string) stream_get_contents($handle);
        fclose($handle);

        return self::decode($text);
    }

    private static function decode(string $text): array
    {
        $state = json_decode($text, true);
        $state = is_array($state) ? $state : [];

        return ['failures' => (int) ($state['failures'] ?? 0), 'until' => (int) ($state['until'] ?? 0)];
    }

    private static function change(callable $next): void
    {
        $file = TempFolder::file('breaker.json');
        $handle = $file === null ? false : @fopen($file, 'c+');
        if ($handle === false) {
            return;
        }
        if (flock($handle, LOCK_EX)) {
            $state = $next(self::decode((string) stream_get_contents($handle)));
            ftruncate($handle, 0);
            rewind($handle);
            fwrite($handle, (string) json_encode($state));
            fflush($handle);
            flock($handle, LOCK_UN);
        }
        fclose($handle);
    }
}
