<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * Where do we keep the few bytes that may be lost at any time?
 *
 * A folder of this blog alone in the system's temporary folder. Its name is derived
 * from the key, so that a neighbour on a shared host can neither guess nor prepare it.
 */
final class TempFolder
{
    /**
     * The path of a file in it, or null where PHP may not write.
     */
    public static function file(string $name): ?string
    {
        static $folder = null;
        if ($folder === null) {
            $mark = hash('sha256', 'search-bridge|' . Settings::text('key') . '|' . __TYPECHO_ROOT_DIR__);
            $folder = rtrim(sys_get_temp_dir(), '/\\') . '/search-bridge-' . substr($mark, 0, 32);
            if (!is_dir($folder) && !@mkdir($folder, 0700) && !is_dir($folder)) {
                $folder = '';
            }
        }

        return $folder === '' ? null : $folder . '/' . $name;
    }
}
