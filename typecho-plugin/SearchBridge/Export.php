<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Db;
use Typecho\Db\Query;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * One page of the rows of one table: only columns that search needs.
 *
 * No password, mail, IP address, agent or login secret is ever read here. `after` and
 * `next` are opaque to the caller: the key of the last row, its parts joined by a colon.
 */
final class Export
{
    /** A page ends early beyond this many bytes or seconds, so that PHP's limits are far away. */
    private const MOST_BYTES = 2000000;
    private const MOST_SECONDS = 5;
    /** Rows with long texts are fetched in small steps, to keep few of them in memory. */
    private const STEP = 10;

    private const OPTIONS = [
        'siteUrl', 'rewrite', 'routingTable', 'timezone', 'title', 'charset', 'commentsMarkdown',
    ];
    private const NUMBERS = [
        'cid', 'mid', 'uid', 'coid', 'created', 'modified', 'order', 'authorId', 'commentsNum', 'parent', 'count',
        'int_value', 'user',
    ];
    /** table => [columns, key, step] */
    private const TABLES = [
        'contents' => [
            ['cid', 'title', 'slug', 'created', 'modified', 'text', 'order', 'authorId', 'type', 'status', 'password',
                'commentsNum', 'allowFeed', 'parent'],
            ['cid'],
            self::STEP,
        ],
        'metas' => [['mid', 'name', 'slug', 'type', 'description', 'count', 'order', 'parent'], ['mid'], 500],
        'relationships' => [['cid', 'mid'], ['cid', 'mid'], 1000],
        'users' => [['uid', 'name', 'screenName'], ['uid'], 500],
        'comments' => [['coid', 'cid', 'created', 'author', 'text', 'type', 'status', 'parent'], ['coid'], 100],
        'fields' => [['cid', 'name', 'type', 'str_value', 'int_value', 'float_value'], ['cid', 'name'], 100],
        'options' => [['name', 'user', 'value'], ['name'], 100],
    ];
    private const OF_POSTS = ['contents', 'relationships', 'comments', 'fields'];

    /**
     * @param int[]|null $cids only rows of these posts
     * @return array [rows => [...], next => string|int|null]
     */
    public function page(string $table, string $after, int $limit, ?array $cids): array
    {
        if (!isset(self::TABLES[$table])) {
            throw new \InvalidArgumentException('unknown table');
        }
        $step = self::TABLES[$table][2];
        $rows = [];
        $bytes = 0;
        $started = time();
        do {
            $wanted = min($step, $limit - count($rows));
            $found = $this->fetch($table, $after, $wanted, $cids);
            foreach ($found as $row) {
                $rows[] = $this->typed($row);
                $bytes += array_sum(array_map('strlen', array_map('strval', $row)));
                $after = $this->key($table, $row);
            }
            $more = count($found) === $wanted;
        } while (
            $more && count($rows) < $limit && $bytes < self::MOST_BYTES && time() - $started < self::MOST_SECONDS
        );

        return ['rows' => $rows, 'next' => $more ? (ctype_digit($after) ? (int) $after : $after) : null];
    }

    /**
     * The next rows behind `after`, in the order of the key.
     */
    public function fetch(string $table, string $after, int $limit, ?array $cids): array
    {
        [$columns, $key] = self::TABLES[$table];
        $name = 'table.' . $table . '.';
        $select = Db::get()->select(...array_map(static function (string $column) use ($name): string {
            return $name . $column;
        }, $columns))->from('table.' . $table);

        $this->restrict($select, $table, $cids);
        $this->behind($select, $name, $key, $after);
        foreach ($key as $column) {
            $select->order($name . $column, Db::SORT_ASC);
        }

        return Db::get()->fetchAll($select->limit($limit));
    }

    private function restrict(Query $select, string $table, ?array $cids): void
    {
        if (in_array($table, self::OF_POSTS, true)) {
            if ($table !== 'contents') {
                $select->join('table.contents', "table.contents.cid = table.{$table}.cid");
            }
            PublicRows::only($select);
            if ($cids !== null) {
                $cids ? $select->where('table.contents.cid IN ?', $cids) : $select->where('1 = 0');
            }
        }
        if ($table === 'comments') {
            $select->where('table.comments.status = ?', 'approved');
        } elseif ($table === 'metas') {
            $select->where('table.metas.type IN ?', ['category', 'tag']);
        } elseif ($table === 'options') {
            $select->where('table.options.user = ? AND table.options.name IN ?', 0, self::OPTIONS);
        }
    }

    private function behind(Query $select, string $name, array $key, string $after): void
    {
        if ($after === '') {
            return;
        }
        $parts = explode(':', $after, count($key));
        if (count($parts) !== count($key) || ($key[0] !== 'name' && !ctype_digit($parts[0]))) {
            throw new \InvalidArgumentException('after is not a key of this table');
        }
        $first = $name . $key[0];
        if (count($key) === 1) {
            $select->where($first . ' > ?', $this->value($key[0], $parts[0]));
        } else {
            $second = $name . $key[1];
            $select->where(
                "{$first} > ? OR ({$first} = ? AND {$second} > ?)",
                (int) $parts[0],
                (int) $parts[0],
                $this->value($key[1], $parts[1])
            );
        }
    }

    /**
     * @return int|string
     */
    private function value(string $column, string $text)
    {
        return in_array($column, self::NUMBERS, true) ? (int) $text : $text;
    }

    private function key(string $table, array $row): string
    {
        return implode(':', array_map(static function (string $column) use ($row): string {
            return (string) $row[$column];
        }, self::TABLES[$table][1]));
    }

    /**
     * Some drivers give numbers as texts; the other side should not see a difference.
     */
    private function typed(array $row): array
    {
        foreach ($row as $column => $value) {
            if ($value !== null && in_array($column, self::NUMBERS, true)) {
                $row[$column] = (int) $value;
            }
        }
        if (($row['screenName'] ?? '') !== '') {
            // With it one logs in; it is shown only where no other name is set.
            $row['name'] = '';
        }

        return $row;
    }
}
