<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Db\Query;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Which posts may leave the blog? Those that every visitor may read, now.
 */
final class PublicRows
{
    public static function only(Query $select): Query
    {
        return $select->where('table.contents.type IN ?', ['post', 'page'])
            ->where('table.contents.status = ?', 'publish')
            ->where("table.contents.password IS NULL OR table.contents.password = ''")
            ->where('table.contents.created <= ?', time());
    }
}
