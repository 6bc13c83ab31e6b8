<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Common;
use Typecho\Request;
use Typecho\Response;
use Typecho\Router;
use Widget\Archive;
use Widget\Options;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * What did the visitor really type?
 *
 * Typecho keeps only letters, digits and the underscore of a query, twice. The address
 * carries what Typecho keeps (SAFE) in its path, and, where they differ, what was typed
 * (RAW) as ?q=. Addresses made by Typecho (pages, feeds, canonical) get the ?q= too.
 */
final class RawQuery
{
    private const MOST_CHARS = 200;
    /** Stands in the path when Typecho would keep nothing at all, as of an emoji. */
    private const PLACEHOLDER = 'q';

    /**
     * `?s=` by GET or POST: go to the search page before Typecho strips the query.
     */
    public static function redirect(): void
    {
        $typed = Request::getInstance()->get('s');
        if (!is_string($typed) || $typed === '' || !self::isArchive((string) Request::getInstance()->getPathInfo())) {
            return;
        }
        $raw = self::normalise($typed);
        if ($raw === '') {
            return;
        }
        $safe = self::safe($raw);
        $url = Router::url('search', ['keywords' => urlencode($safe)], (string) Options::alloc()->index);
        if ($safe !== $raw) {
            $url .= '?q=' . rawurlencode($raw);
        }
        // A plain header() would be overwritten by the status line of Typecho's output buffer.
        Response::getInstance()->setStatus(302)->setHeader('Location', $url)->respond();
    }

    /**
     * RAW of a search page; from now on Typecho's own code sees a harmless SAFE.
     */
    public static function take(Archive $archive): string
    {
        $type = (string) $archive->parameter->type;
        $ours = Router::$current === $type;
        $given = $ours && isset($_GET['q']) && is_string($_GET['q']) ? $_GET['q'] : '';
        $raw = self::normalise($given !== '' ? $given : (string) $archive->request->get('keywords', ''));
        $safe = self::safe($raw);

        // The minus becomes a blank in Typecho's filter, while a blank would be lost in it.
        $archive->request->setParam('keywords', str_replace(' ', '-', $safe));
        if ($ours) {
            self::keepInAddresses($safe === $raw ? null : $raw);
        }

        return $raw;
    }

    /**
     * True if Typecho's own search could not even see what was typed.
     */
    public static function isInvisible(string $raw): bool
    {
        return self::words($raw) === '';
    }

    public static function normalise(string $text): string
    {
        $text = mb_check_encoding($text, 'UTF-8') ? $text : mb_convert_encoding($text, 'UTF-8', 'UTF-8');
        $text = (string) preg_replace('/[\p{Z}\p{Cc}]+/u', ' ', $text);

        return trim(mb_substr(trim($text), 0, self::MOST_CHARS, 'UTF-8'));
    }

    private static function safe(string $raw): string
    {
        $words = self::words($raw);

        return $words === '' ? self::PLACEHOLDER : $words;
    }

    private static function words(string $raw): string
    {
        // Typecho cuts at 128 bytes, perhaps inside a character: cut before, between two.
        $words = Common::filterSearchQuery(mb_strcut($raw, 0, 120, 'UTF-8'));
        $words = mb_check_encoding($words, 'UTF-8') ? $words : mb_strcut($words, 0, strlen($words), 'UTF-8');

        return trim((string) preg_replace('/ +/', ' ', $words));
    }

    /**
     * True if this path leads to an archive, whose `s` Typecho would take as a query.
     */
    private static function isArchive(string $path): bool
    {
        if ($path === '/') {
            return true;
        }
        foreach ((array) (Options::alloc()->routingTable[0] ?? []) as $route) {
            if (isset($route['regx']) && preg_match($route['regx'], $path)) {
                return in_array(ltrim((string) $route['widget'], '\\'), ['Widget\\Archive', 'Widget_Archive'], true);
            }
        }

        return false;
    }

    /**
     * Put ?q= behind the addresses of the two search routes, for this request only.
     */
    private static function keepInAddresses(?string $raw): void
    {
        $table = Options::alloc()->routingTable[0] ?? null;
        if (!is_array($table)) {
            return;
        }
        foreach (['search', 'search_page'] as $name) {
            if ($raw !== null && isset($table[$name]['format'])) {
                // The format goes through vsprintf, to which a percent sign is a command, and then
                // through Typecho's page navigator, to which {page} is one, even as %7Bpage%7D.
                $table[$name]['format'] .= '?q=' . str_replace(['%7B', '%'], ['%7b', '%%'], rawurlencode($raw));
            }
        }
        Router::setRoutes([$table]);
    }
}
