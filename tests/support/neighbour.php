<?php

namespace TypechoPlugin\Neighbour;

use Typecho\Db;
use Typecho\Plugin as Hook;
use Typecho\Plugin\PluginInterface;
use Typecho\Widget\Helper\Form;

/**
 * 另一个插件，也改动文章列表：?neighbour= 说明怎么改
 *
 * @package Neighbour
 * @author tests
 * @version 1.0.0
 */
class Plugin implements PluginInterface
{
    public static function activate()
    {
        Hook::factory('Widget_Archive')->handleInit = [self::class, 'handleInit'];
        Hook::factory('Widget_Archive')->query = [self::class, 'query'];
    }

    public static function deactivate()
    {
    }

    public static function config(Form $form)
    {
    }

    public static function personalConfig(Form $form)
    {
    }

    public static function handleInit($archive, $select = null)
    {
        if (self::wish() === 'hide') {
            $select->where('table.contents.title > ?', '公开 3');
        }
        if (self::wish() === 'pin') {
            $select->order('table.contents.order', Db::SORT_DESC);
        }
    }

    public static function query($archive, $select = null)
    {
        if (self::wish() === 'fail' && strpos((string) $select, 'CASE') !== false) {
            throw new \RuntimeException('the neighbour fails');
        }
        Db::get()->fetchAll($select, [$archive, 'push']);
    }

    private static function wish()
    {
        return $_GET['neighbour'] ?? '';
    }
}
