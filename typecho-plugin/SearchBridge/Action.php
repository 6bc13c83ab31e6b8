<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

use Widget\ActionInterface;
use Widget\Base;
use Widget\Notice;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * The door at /action/search-bridge: for the service (signed) and for the settings page.
 */
class Action extends Base implements ActionInterface
{
    public function action()
    {
        if ($this->request->get('do') === 'test') {
            $this->test();
        } else {
            Endpoint::answer();
        }
    }

    /**
     * The “测试连接” button: tests what stands in the form, saved or not.
     */
    private function test(): void
    {
        $this->user->pass('administrator');
        $this->security->protect();
        $given = $this->request->from('url', 'key', 'connectMs', 'totalMs');
        $settings = array_merge(Settings::all(), array_filter($given, static function ($value): bool {
            return is_string($value) && $value !== '';
        }));
        try {
            [$good, $text] = ConnectionTest::run($settings);
        } catch (\Throwable $error) {
            [$good, $text] = [false, _t('测试时出错：%s', $error->getMessage())];
        }
        if ($this->request->get('json') === '1') {
            Endpoint::send(200, ['good' => $good, 'text' => $text]);
        }
        Notice::alloc()->set($text, $good ? 'success' : 'error');
        $this->response->goBack();
    }
}
