<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Which posts changed in this request? Told to the service once, after the answer is out.
 *
 * A nudge carries no content, and may be lost: the next sync of the service finds what
 * changed all the same.
 */
final class Notifier
{
    /** @var int[] */
    private static $cids = [];

    /**
     * @param mixed $cid
     */
    public static function add($cid): void
    {
        $cid = (int) $cid;
        if ($cid <= 0) {
            return;
        }
        if (!self::$cids) {
            // Runs in every path: after a redirect's exit, and in the sandbox of XML-RPC.
            register_shutdown_function([self::class, 'send']);
        }
        self::$cids[$cid] = $cid;
    }

    public static function send(): void
    {
        try {
            ignore_user_abort(true);
            if (function_exists('fastcgi_finish_request')) {
                fastcgi_finish_request();
            } elseif (function_exists('litespeed_finish_request')) {
                litespeed_finish_request();
            }
            $cids = array_values(self::$cids);
            self::$cids = [];
            if ($cids) {
                Service::nudge($cids);
            }
        } catch (\Throwable $error) {
            error_log('SearchBridge: nudge not sent: ' . $error->getMessage());
        }
    }
}
