<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Db;
use Typecho\Db\Query;
use Typecho\Plugin as Hook;
use Typecho\Widget\Exception as WidgetException;
use Widget\Archive;
use Widget\User;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Which rows are on this search page?
 *
 * The service proposes an ordered list of cids, the blog's database disposes: Typecho's
 * own conditions are applied to it in SQL, by RankedPage. Typecho takes a search as
 * handled as soon as any `search` callback exists, so ours is registered only in memory,
 * and only when the service answered; else Typecho's own search runs untouched.
 */
final class Results
{
    /** Private posts of the visitor's own that are put behind the ranked ones, at most. */
    private const OWN_MOST = 200;

    /** @var array spl_object_id of an archive => [raw, answer, select] */
    private static $states = [];

    /** @var bool */
    private static $registered = false;

    /**
     * Before Typecho searches: ask the service, and take over if it answered.
     */
    public static function decide(Archive $archive, Query $select): void
    {
        if (!in_array($archive->parameter->type, ['search', 'search_page'], true)) {
            return;
        }
        $raw = RawQuery::take($archive);
        $answer = $raw === '' ? null : Service::search($raw, Snippets::query($archive));
        // Not a copy: a plugin that hears handleInit after us may still add to it.
        self::$states[spl_object_id($archive)] = ['raw' => $raw, 'answer' => $answer, 'select' => $select];

        $needed = $answer !== null || ($raw !== '' && RawQuery::isInvisible($raw));
        if ($needed && !self::$registered && !defined('__TYPECHO_ADMIN__')) {
            self::$registered = true;
            Hook::factory('Widget_Archive')->search = [Hooks::class, 'search'];
            // Never without `search`: alone it would make Typecho skip its own query.
            Hook::factory('Widget_Archive')->searchHandle = [Hooks::class, 'searchHandle'];
            if (!empty($answer['snippets'])) {
                Hook::factory('Widget_Abstract_Contents')->contentEx = [Hooks::class, 'content'];
                Hook::factory('Widget_Abstract_Contents')->excerptEx = [Hooks::class, 'content'];
            }
        }
    }

    /**
     * @return array|null [raw, answer] of a search page
     */
    public static function state(Archive $archive): ?array
    {
        return self::$states[spl_object_id($archive)] ?? null;
    }

    /**
     * Push the rows of the current page; the counterpart of Archive::searchHandle.
     */
    public static function push(Archive $archive): void
    {
        $state = self::state($archive);
        if ($state === null) {
            $archive->setTotal(0);
            return;
        }
        $select = clone $state['select'];
        $pages = $state['answer'] !== null && Settings::has('pages');
        $select->where('table.contents.type IN ?', $pages ? ['post', 'page'] : ['post']);
        self::hidePasswords($select);
        if ($state['answer'] === null) {
            self::contain($select, [$state['raw']]);
            $archive->setCountSql(clone $select);
            $select->order('table.contents.created', Db::SORT_DESC)
                ->page($archive->getCurrentPage(), $archive->parameter->pageSize);
            $archive->query($select);
        } else {
            $own = self::own($archive, $state['raw']);
            (new RankedPage($select, array_merge($state['answer']['cids'], $own)))->push($archive);
        }
        if ($archive->getCurrentPage() > 1 && !$archive->have()) {
            throw new WidgetException(_t('请求的地址不存在'), 404);
        }
    }

    /**
     * Forget what the service said: the next push() searches as Typecho would.
     */
    public static function distrust(Archive $archive): void
    {
        self::$states[spl_object_id($archive)]['answer'] = null;
    }

    public static function title(Archive $archive): void
    {
        $state = self::state($archive);
        if ($state !== null) {
            // Themes print it as it is, even inside attributes.
            $archive->setArchiveTitle(htmlspecialchars($state['raw'], ENT_QUOTES, 'UTF-8'));
        }
    }

    /**
     * Who may see a protected post in search: as in Archive::searchHandle.
     */
    private static function hidePasswords(Query $select): void
    {
        $user = User::alloc();
        if ($user->hasLogin()) {
            $select->where(
                "table.contents.password IS NULL OR table.contents.password = '' OR table.contents.authorId = ?",
                $user->uid
            );
        } else {
            $select->where("table.contents.password IS NULL OR table.contents.password = ''");
        }
    }

    /**
     * The visitor's own private and protected posts, which the service never sees.
     *
     * @return int[]
     */
    private static function own(Archive $archive, string $raw): array
    {
        $user = User::alloc();
        $words = [];
        foreach (explode(' ', $raw) as $word) {
            $word = trim($word, '"');
            if ($word !== '' && ($word[0] !== '-' || $word === '-')) {
                $words[] = $word;
            }
        }
        if (!$user->hasLogin() || $archive->parameter->isFeed || !$words) {
            return [];
        }
        $db = Db::get();
        $select = $db->select('table.contents.cid')->from('table.contents')
            ->where('table.contents.type = ? AND table.contents.authorId = ?', 'post', $user->uid)
            ->where("table.contents.status = ? OR table.contents.password != ''", 'private');
        self::contain($select, $words);
        $select->order('table.contents.created', Db::SORT_DESC)->limit(self::OWN_MOST);

        return array_map('intval', array_column($db->fetchAll($select), 'cid'));
    }

    /**
     * As Typecho's own search: title or text contain each of the words.
     *
     * @param string[] $words
     */
    private static function contain(Query $select, array $words): void
    {
        $like = Db::get()->getAdapter()->getDriver() === 'pgsql' ? 'ILIKE' : 'LIKE';
        foreach ($words as $word) {
            // Titles are stored as HTML, texts as typed.
            $select->where(
                "table.contents.title {$like} ? OR table.contents.text {$like} ?",
                '%' . htmlspecialchars($word) . '%',
                '%' . $word . '%'
            );
        }
    }
}
