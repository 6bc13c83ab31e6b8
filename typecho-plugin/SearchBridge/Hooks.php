<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Plugin as Hook;
use Typecho\Widget\Exception as WidgetException;
use Widget\Archive;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Which events of Typecho do we hear, and who handles each?
 *
 * The one place that Typecho calls. Nothing of ours that goes wrong may reach a reader
 * or a writer: every handler runs in guard(). Typecho 1.2 hands over one argument more
 * than 1.3, so no handler counts its arguments.
 */
final class Hooks
{
    /** All hooks are registered from the first version on: Typecho stores them at activation. */
    private const TABLE = [
        'index.php' => ['begin' => 'begin'],
        'Widget_Archive' => ['handleInit' => 'handleInit', 'header' => 'header', 'footer' => 'footer'],
        'Widget_Contents_Post_Edit' => self::CONTENT,
        'Widget_Contents_Page_Edit' => self::CONTENT,
        'Widget_Feedback' => ['finishComment' => 'commentSaved', 'finishTrackback' => 'commentSaved'],
        'Widget_XmlRpc' => ['pingback' => 'pingback'],
        'Widget_Comments_Edit' => [
            'mark' => 'commentSaved',
            'finishDelete' => 'commentSaved',
            'finishEdit' => 'commentSaved',
            'finishComment' => 'commentSaved',
        ],
    ];
    private const CONTENT = [
        'finishPublish' => 'contentSaved',
        'finishSave' => 'contentSaved',
        'finishMark' => 'contentMarked',
        'finishDelete' => 'contentDeleted',
    ];

    public static function register(): void
    {
        foreach (self::TABLE as $handle => $hooks) {
            foreach ($hooks as $hook => $method) {
                Hook::factory($handle)->{$hook} = [self::class, $method];
            }
        }
    }

    public static function begin(): void
    {
        self::guard(static function (): void {
            RawQuery::redirect();
        });
    }

    public static function handleInit($archive, $select = null): void
    {
        self::guard(static function () use ($archive, $select): void {
            Results::decide($archive, $select);
        });
    }

    /**
     * Typecho does not search by itself any more: if all else fails, the page is empty.
     */
    public static function search($keywords, $archive = null): void
    {
        try {
            self::push($archive);
        } catch (\Throwable $error) {
            self::passNotFound($error);
            self::report($error);
            $archive->setTotal(0);
        }
    }

    public static function searchHandle($archive, $select = null): void
    {
        self::guard(static function () use ($archive): void {
            Results::title($archive);
        });
    }

    /**
     * A filter on what a theme prints of a post: the snippet where we have one.
     */
    public static function content($content, $widget = null, $last = null)
    {
        $shown = $last ?? $content;
        self::guard(static function () use (&$shown, $widget): void {
            $shown = Snippets::html($widget) ?? $shown;
        });

        return $shown;
    }

    public static function header($header, $archive = null): void
    {
        self::guard(static function () use ($archive): void {
            SearchPage::header($archive);
        });
    }

    public static function footer($archive = null): void
    {
        self::guard(static function () use ($archive): void {
            SearchPage::footer($archive);
        });
    }

    /**
     * After publish or save. What is in $contents may be a draft's text: only the cid counts.
     */
    public static function contentSaved($contents, $widget = null): void
    {
        self::guard(static function () use ($widget): void {
            Notifier::add($widget->cid);
        });
    }

    public static function contentMarked($status, $cid = 0): void
    {
        self::guard(static function () use ($cid): void {
            Notifier::add($cid);
        });
    }

    public static function contentDeleted($cid): void
    {
        self::guard(static function () use ($cid): void {
            Notifier::add($cid);
        });
    }

    /**
     * A comment as a row (mark, delete) or as a widget (all others). `mark` is told before
     * the row is written; the nudge leaves after the request, so that does no harm.
     */
    public static function commentSaved($comment): void
    {
        self::guard(static function () use ($comment): void {
            Notifier::add(is_array($comment) ? ($comment['cid'] ?? 0) : $comment->cid);
        });
    }

    /**
     * A filter: gives back what it got. finishPingback would not tell the post.
     */
    public static function pingback($pingback, $post = null, $last = null)
    {
        $value = $last ?? $pingback;
        self::guard(static function () use ($value): void {
            Notifier::add($value['cid'] ?? 0);
        });

        return $value;
    }

    private static function push(Archive $archive): void
    {
        try {
            Results::push($archive);
        } catch (\Throwable $error) {
            self::passNotFound($error);
            self::report($error);
            Results::distrust($archive);
            Results::push($archive);
        }
    }

    /**
     * A page beyond the end is the only exception that a reader may see.
     */
    private static function passNotFound(\Throwable $error): void
    {
        if ($error instanceof WidgetException && $error->getCode() === 404) {
            throw $error;
        }
    }

    private static function guard(callable $handler): void
    {
        try {
            $handler();
        } catch (\Throwable $error) {
            self::report($error);
        }
    }

    private static function report(\Throwable $error): void
    {
        error_log('SearchBridge: ' . get_class($error) . ': ' . $error->getMessage()
            . ' (' . basename($error->getFile()) . ':' . $error->getLine() . ')');
    }
}
