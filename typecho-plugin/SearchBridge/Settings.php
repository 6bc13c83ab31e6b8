<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Db;
use Utils\Helper;
use Widget\Options;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * What did the owner decide?
 *
 * Kept in an option row of our own, because Typecho deletes the row of a plugin when
 * it is deactivated, and the key must survive that. Typecho's own row is written too:
 * its settings page refuses to open without it.
 */
final class Settings
{
    private const ROW = 'searchBridge';
    private const LIMITS = ['connectMs' => [20, 5000], 'totalMs' => [50, 10000]];
    private const EXTRAS = ['pages', 'highlight', 'snippet'];
    private const DEFAULTS = [
        'url' => 'http://127.0.0.1:7700',
        'key' => '',
        'connectMs' => '150',
        'totalMs' => '400',
        'extras' => ['highlight'],
    ];

    /** @var array|null */
    private static $values = null;

    /**
     * All settings; what is broken or missing has its default.
     */
    public static function all(): array
    {
        if (self::$values === null) {
            $stored = json_decode((string) Options::alloc()->{self::ROW}, true);
            self::$values = self::DEFAULTS;
            foreach (self::DEFAULTS as $name => $default) {
                $kept = is_array($stored) ? $stored[$name] ?? null : null;
                if (is_array($default) ? is_array($kept) : is_scalar($kept)) {
                    self::$values[$name] = is_array($kept) ? array_filter($kept, 'is_string') : (string) $kept;
                }
            }
        }

        return self::$values;
    }

    public static function text(string $name): string
    {
        return (string) self::all()[$name];
    }

    public static function milliseconds(string $name): int
    {
        return (int) self::all()[$name];
    }

    /**
     * True if the owner ticked this extra: pages, highlight, snippet.
     */
    public static function has(string $extra): bool
    {
        return in_array($extra, (array) self::all()['extras'], true);
    }

    /**
     * Make the key on first activation; a later one finds it again.
     */
    public static function prepare(): void
    {
        $values = self::all();
        if (strlen((string) $values['key']) < 16) {
            $values['key'] = bin2hex(random_bytes(24));
            self::write($values);
        }
    }

    public static function save(array $given): void
    {
        $values = self::clean($given);
        self::write($values);
        Helper::configPlugin('SearchBridge', $values);
    }

    /**
     * What is wrong with these settings, in a sentence, or null.
     */
    public static function complaint(array $given): ?string
    {
        $url = trim((string) ($given['url'] ?? ''));
        if (Address::parse($url) === null) {
            return _t('服务地址不像一个地址：应形如 http://127.0.0.1:7700 或 unix:/run/typecho-search/search.sock');
        }
        if (strlen(trim((string) ($given['key'] ?? ''))) < 16) {
            return _t('密钥太短（至少 16 个字符），已保留原来的密钥');
        }

        return null;
    }

    /**
     * Values that are safe to use, whatever the form sent.
     */
    public static function clean(array $given): array
    {
        $now = self::all();
        $values = [
            'url' => rtrim(trim((string) ($given['url'] ?? $now['url'])), '/'),
            'key' => trim((string) ($given['key'] ?? '')),
            'extras' => array_values(array_intersect(self::EXTRAS, (array) ($given['extras'] ?? []))),
        ];
        if (strlen($values['key']) < 16) {
            $values['key'] = $now['key'];
        }
        foreach (self::LIMITS as $name => [$least, $most]) {
            $wanted = (int) ($given[$name] ?? $now[$name]);
            $values[$name] = (string) max($least, min($most, $wanted ?: (int) self::DEFAULTS[$name]));
        }

        return $values;
    }

    private static function write(array $values): void
    {
        $text = json_encode($values, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
        $db = Db::get();
        $row = $db->fetchRow($db->select('name')->from('table.options')->where('name = ? AND user = ?', self::ROW, 0));
        if (empty($row)) {
            $db->query($db->insert('table.options')->rows(['name' => self::ROW, 'user' => 0, 'value' => $text]));
        } else {
            $db->query(
                $db->update('table.options')->rows(['value' => $text])->where('name = ? AND user = ?', self::ROW, 0)
            );
        }
        self::$values = $values;
    }
}
