<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * What does the service say to this query? Asked at most once in a page view.
 */
final class Service
{
    /** More cids than this are never asked for; the service may allow fewer. */
    private const MOST = 1000;
    private const NUDGE_MS = 300;
    private const NUDGE_MOST = 1000;

    /** @var array raw query => answer or null */
    private static $answers = [];

    /** @var string why the last question got no good answer */
    private static $failure = '';

    /**
     * The answer as [cids, highlights, corrected, relaxed, suggestions, snippets], or null.
     *
     * Null means that Typecho has to search by itself. `$more` is asked for with it.
     */
    public static function search(string $raw, array $more = []): ?array
    {
        if (!array_key_exists($raw, self::$answers)) {
            self::$answers[$raw] = self::ask($raw, $more);
        }

        return self::$answers[$raw];
    }

    public static function failure(): string
    {
        return self::$failure;
    }

    /**
     * Tell the service which posts to look at again.
     *
     * @param int[] $cids
     */
    public static function nudge(array $cids): bool
    {
        $settings = Settings::all();
        $settings['totalMs'] = self::NUDGE_MS;
        $settings['connectMs'] = min(self::NUDGE_MS, (int) $settings['connectMs']);
        $content = count($cids) > self::NUDGE_MOST ? ['all' => true] : ['cids' => $cids];
        $reply = (new Client($settings))->post('/api/nudge', $content);
        if ($reply->isGood()) {
            Breaker::success();
        }

        return $reply->isGood();
    }

    private static function ask(string $raw, array $more): ?array
    {
        if (!Breaker::allows()) {
            self::$failure = 'paused';
            return null;
        }
        $query = ['q' => $raw, 'limit' => self::MOST] + $more;
        if (!Settings::has('pages')) {
            $query['type'] = 'post';
        }
        $reply = (new Client())->get('/api/cids', $query);
        $answer = $reply->isGood() ? self::read($reply->json) : null;
        if ($answer !== null) {
            Breaker::success();
            return $answer;
        }
        self::$failure = $reply->isGood() ? 'json' : ($reply->code() ?: $reply->failure);
        if ($reply->isGood() || $reply->isOutage()) {
            Breaker::failure();
        }

        return null;
    }

    /**
     * Believe nothing about the shape of what came over the wire.
     */
    private static function read(array $json): ?array
    {
        if (!isset($json['cids']) || !is_array($json['cids'])) {
            return null;
        }
        $cids = [];
        foreach ($json['cids'] as $cid) {
            if (is_int($cid) && $cid > 0) {
                $cids[$cid] = $cid;
            }
        }
        $suggestions = [];
        foreach (array_slice((array) ($json['suggestions'] ?? []), 0, 5) as $one) {
            if (is_array($one) && is_string($one['query'] ?? null)) {
                $suggestions[] = ['query' => $one['query'], 'total' => (int) ($one['total'] ?? 0)];
            }
        }
        $corrected = $json['corrected'] ?? null;
        $highlights = array_filter((array) ($json['highlights'] ?? []), 'is_string');

        return [
            'cids' => array_slice(array_values($cids), 0, self::MOST),
            'highlights' => array_slice(array_values($highlights), 0, 50),
            'corrected' => is_string($corrected) ? $corrected : null,
            'relaxed' => !empty($json['relaxed']),
            'suggestions' => $suggestions,
            'snippets' => Snippets::read($json['snippets'] ?? []),
        ];
    }
}
