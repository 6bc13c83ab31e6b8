<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Db;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Which public posts are there, and did anything change that search would show of one?
 *
 * A hash over the row, its author's name, its categories (with their parents, which may
 * stand in the address) and tags, its fields, its approved comments, and the options
 * that make addresses. Equal hashes mean: nothing to fetch.
 */
final class Fingerprints
{
    private const STEP = 20;
    private const MOST_SECONDS = 5;

    /** @var Export */
    private $export;

    /** @var array uid => name shown */
    private $authors = [];

    /** @var array mid => row */
    private $metas = [];

    /** @var array cid => [slug, parent] of every page: they may stand in the address of another */
    private $pages = [];

    /** @var string */
    private $seed;

    public function __construct()
    {
        $this->export = new Export();
        foreach ($this->all('users') as $row) {
            $this->authors[(int) $row['uid']] = [$row['screenName'], $row['name']];
        }
        foreach ($this->all('metas') as $row) {
            $shown = [$row['name'], $row['slug'], $row['type'], $row['order']];
            $this->metas[(int) $row['mid']] = [...$shown, (int) $row['parent']];
        }
        $db = Db::get();
        $pages = $db->select('cid', 'slug', 'parent')->from('table.contents')->where('type = ?', 'page');
        foreach ($db->fetchAll($pages) as $row) {
            $this->pages[(int) $row['cid']] = [$row['slug'], (int) $row['parent']];
        }
        $this->seed = md5($this->text($this->all('options')));
    }

    /**
     * @return array [posts => [[cid, md5], ...], next => cid|null]
     */
    public function page(int $after, int $limit): array
    {
        $posts = [];
        $started = time();
        do {
            $wanted = min(self::STEP, $limit - count($posts));
            $rows = $this->export->fetch('contents', (string) $after, $wanted, null);
            $cids = array_map('intval', array_column($rows, 'cid'));
            $belongings = $cids ? $this->belongings($cids) : [];
            foreach ($rows as $row) {
                $after = (int) $row['cid'];
                unset($row['commentsNum'], $row['modified']);
                $author = $this->authors[(int) $row['authorId']] ?? [];
                $parents = $this->lineage($this->pages, (int) $row['parent'], 1);
                $own = $this->text([array_map('strval', $row), $author, $parents]);
                $posts[] = [$after, md5($this->seed . $own . ($belongings[$after] ?? ''))];
            }
            $more = count($rows) === $wanted;
        } while ($more && count($posts) < $limit && time() - $started < self::MOST_SECONDS);

        return ['posts' => $posts, 'next' => $more ? $after : null];
    }

    /**
     * cid => a hash chain over its metas, fields and comments, few rows at a time.
     *
     * @param int[] $cids
     */
    private function belongings(array $cids): array
    {
        $chains = array_fill_keys($cids, '');
        foreach (['relationships', 'fields', 'comments'] as $table) {
            foreach ($this->all($table, $cids) as $row) {
                $cid = (int) $row['cid'];
                $what = $table === 'relationships'
                    ? $this->lineage($this->metas, (int) $row['mid'], 4)
                    : array_map('strval', $row);
                $chains[$cid] = md5($chains[$cid] . $this->text([$table, $what]));
            }
        }

        return $chains;
    }

    /**
     * A category, tag or page and all its parents; `$parent` is the place of the parent's id.
     */
    private function lineage(array $table, int $id, int $parent): array
    {
        $rows = [];
        while (isset($table[$id]) && !isset($rows[$id])) {
            $rows[$id] = $table[$id];
            $id = $rows[$id][$parent];
        }

        return $rows;
    }

    private function all(string $table, ?array $cids = null): \Generator
    {
        $key = ['relationships' => ['cid', 'mid'], 'fields' => ['cid', 'name'], 'comments' => ['coid'],
            'users' => ['uid'], 'metas' => ['mid'], 'options' => ['name']][$table];
        $after = '';
        do {
            $rows = $this->export->fetch($table, $after, 200, $cids);
            foreach ($rows as $row) {
                yield $row;
                $after = implode(':', array_intersect_key($row, array_flip($key)));
            }
        } while (count($rows) === 200);
    }

    private function text($value): string
    {
        if ($value instanceof \Generator) {
            $value = iterator_to_array($value, false);
        }

        return (string) json_encode($value, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
    }
}
