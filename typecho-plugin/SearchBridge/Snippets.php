<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Widget\Archive;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Which part of a post does the search page show instead of all of it?
 *
 * Only where the owner ticks it, on search pages, for posts whose snippet came with the
 * answer; every other post is shown as the theme would. A comment is never quoted: it
 * may have been taken back since the index was built.
 */
final class Snippets
{
    /** @var int more than the posts of a page, in case the database hides one */
    private const SPARE = 3;
    private const KINDS = ['text', 'code', 'formula'];

    /**
     * What to ask the service for, so that one call is enough for this page.
     */
    public static function query(Archive $archive): array
    {
        if (!Settings::has('snippet') || $archive->parameter->isFeed) {
            return [];
        }
        $page = max(1, (int) $archive->getCurrentPage());
        $size = max(1, (int) $archive->parameter->pageSize);

        // Pages of another size would not line up: on the first page we can ask for more.
        return ['snippets' => $page === 1 ? $size + self::SPARE : $size, 'page' => $page];
    }

    /**
     * What came over the wire, as cid => [spans, kind, heading]; the odd is left out.
     */
    public static function read($sent): array
    {
        $snippets = [];
        foreach (array_slice(is_array($sent) ? $sent : [], 0, 200) as $one) {
            $snippet = is_array($one) && is_array($one['snippet'] ?? null) ? $one['snippet'] : [];
            $spans = array_filter((array) ($snippet['spans'] ?? []), static function ($span): bool {
                return is_array($span) && is_string($span['text'] ?? null);
            });
            if ($spans && is_int($one['cid'] ?? null) && in_array($snippet['kind'] ?? '', self::KINDS, true)) {
                $heading = is_string($snippet['heading'] ?? null) ? $snippet['heading'] : '';
                $snippets[$one['cid']] = ['spans' => $spans, 'kind' => $snippet['kind'], 'heading' => $heading];
            }
        }

        return $snippets;
    }

    /**
     * The HTML to show for the post that $widget stands on, or null.
     */
    public static function html($widget): ?string
    {
        $state = $widget instanceof Archive ? Results::state($widget) : null;
        $snippet = $state['answer']['snippets'][(int) $widget->cid] ?? null;
        if ($snippet === null) {
            return null;
        }
        $text = '';
        foreach ($snippet['spans'] as $span) {
            $said = self::escape($span['text']);
            $text .= empty($span['mark']) ? $said : '<mark class="search-bridge">' . $said . '</mark>';
        }
        if ($snippet['kind'] !== 'text') {
            $text = '<code>' . $text . '</code>';
        }
        $heading = $snippet['heading'] === '' ? ''
            : '<span class="search-bridge-heading">§ ' . self::escape($snippet['heading']) . '</span><br>';

        // Half a formula would confuse what renders formulas: it knows these class names.
        return '<p class="search-bridge-snippet tex2jax_ignore mathjax_ignore">' . $heading . $text . '</p>';
    }

    private static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
    }
}
