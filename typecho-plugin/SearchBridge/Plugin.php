<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Typecho\Plugin\PluginInterface;
use Typecho\Widget\Helper\Form;
use Utils\Helper;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * 让站内搜索由独立的搜索服务回答：中文分词、相关度排序；服务不可用时自动回到 Typecho 自带的搜索
 *
 * @package SearchBridge
 * @author Typecho Search
 * @version 0.1.0
 * @since 1.2.0
 */
class Plugin implements PluginInterface
{
    public const VERSION = '0.1.0';

    /**
     * Works before the service exists: nothing is asked here.
     */
    public static function activate()
    {
        Settings::prepare();
        Hooks::register();
        Helper::removeAction(Endpoint::ACTION);
        Helper::addAction(Endpoint::ACTION, '\\' . Action::class);

        return _t('SearchBridge 已启用。请打开“设置”，把页面下方的 search.toml 抄到运行搜索服务的机器上，再点“测试连接”。');
    }

    /**
     * Typecho's own search is back at once: hooks go with the plugin, the action here.
     * The key stays in a row of its own, so that the service need not be told again.
     */
    public static function deactivate()
    {
        Helper::removeAction(Endpoint::ACTION);

        return _t('SearchBridge 已停用，搜索已恢复为 Typecho 自带的搜索。密钥与设置已保留。');
    }

    public static function config(Form $form)
    {
        SettingsForm::build($form);
    }

    public static function personalConfig(Form $form)
    {
    }

    /**
     * A string is shown to the owner; the settings are saved all the same.
     *
     * @return string|null
     */
    public static function configCheck(array $settings)
    {
        return Settings::complaint($settings);
    }

    public static function configHandle(array $settings, bool $isInit)
    {
        Settings::save($settings);
    }
}
