<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Db;
use Typecho\Db\Query;
use Widget\Archive;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Which of the ranked posts may this visitor see, and which of those are on this page?
 *
 * The blog's database answers both, under all conditions of the select: first with
 * numbers alone, which makes the total exact, then with the few rows of the page. To
 * let SQL sort a thousand whole posts, and then count them, took four times as long.
 */
final class RankedPage
{
    /** @var Query Typecho's own conditions, and those of other plugins */
    private $select;

    /** @var int[] best first */
    private $cids;

    /**
     * @param int[] $cids best first
     */
    public function __construct(Query $select, array $cids)
    {
        // As Typecho's own paging, which overwrites what another plugin may have set.
        $this->select = (clone $select)->cleanAttribute('limit')->cleanAttribute('offset');
        $this->cids = array_values(array_unique(array_map('intval', $cids)));
    }

    /**
     * Push the rows of the archive's current page, and tell it the total.
     */
    public function push(Archive $archive): void
    {
        $all = $this->among($this->cids);
        // Not needed for our total, but Typecho 1.3 dies if anybody asks for it and it is not set.
        $archive->setCountSql(clone $all);
        $visible = $this->cids ? $this->visible($all) : [];

        $pages = array_chunk($visible, max(1, (int) $archive->parameter->pageSize));
        $shown = $pages[max(1, (int) $archive->getCurrentPage()) - 1] ?? [];
        if ($shown) {
            $rows = $this->among($shown)->cleanAttribute('order');
            $archive->query($rows->order('0', self::ranking($shown)));
        }
        // Last: if the above fails, Typecho's own search follows and counts for itself.
        $archive->setTotal(count($visible));
    }

    /**
     * @return int[] in the order in which they are shown
     */
    private function visible(Query $all): array
    {
        $all->select('table.contents.cid');
        $ordered = $this->select->getAttribute('order') !== null;
        if ($ordered) {
            // Another plugin puts some posts on top: only the database knows which.
            $all->order('0', self::ranking($this->cids));
        }
        $found = array_flip(array_column(Db::get()->fetchAll($all), 'cid'));

        return array_keys($ordered ? $found : array_intersect_key(array_flip($this->cids), $found));
    }

    /**
     * @param int[] $cids
     */
    private function among(array $cids): Query
    {
        sort($cids);
        // `IN ?` would quote them: MariaDB takes 3.9 ms for a thousand strings, 2.3 for sorted numbers.
        $list = implode(',', array_map('intval', $cids));

        return (clone $this->select)->where($cids ? "table.contents.cid IN ({$list})" : '1 = 0');
    }

    /**
     * The order of these cids as the second argument of order(), which is taken as it is.
     *
     * @param int[] $cids
     */
    private static function ranking(array $cids): string
    {
        $cases = '';
        foreach ($cids as $place => $cid) {
            $cases .= ' WHEN ' . (int) $cid . ' THEN ' . (int) $place;
        }

        return '+ CASE ' . Db::get()->getPrefix() . 'contents.cid' . $cases . ' END ' . Db::SORT_ASC;
    }
}
