<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * What came of asking the service: its JSON, or the kind of failure.
 */
final class Reply
{
    /** @var int HTTP status, 0 if there was no answer */
    public $status = 0;

    /** @var array */
    public $json = [];

    /** @var string '' if good, else address, dns, refused, timeout, tls, network, http, json */
    public $failure = '';

    /** @var string in words, for the owner */
    public $detail = '';

    public static function failed(string $failure, string $detail): self
    {
        $reply = new self();
        $reply->failure = $failure;
        $reply->detail = $detail;

        return $reply;
    }

    public static function received(int $status, string $text): self
    {
        $reply = new self();
        $reply->status = $status;
        $json = json_decode($text, true, 32);
        $reply->json = is_array($json) ? $json : [];
        if ($status < 200 || $status > 299) {
            $reply->failure = 'http';
            $error = (array) ($reply->json['error'] ?? []);
            $message = $error['message'] ?? '';
            $reply->detail = 'HTTP ' . $status . (is_string($message) && $message !== '' ? ': ' . $message : '');
        } elseif (!is_array($json)) {
            $reply->failure = 'json';
            $reply->detail = 'the answer is not JSON';
        }

        return $reply;
    }

    public function isGood(): bool
    {
        return $this->failure === '';
    }

    /**
     * The code that the service gives to an error, such as unauthorized or index_missing.
     */
    public function code(): string
    {
        $code = ((array) ($this->json['error'] ?? []))['code'] ?? '';

        return is_string($code) ? $code : '';
    }

    /**
     * True if the service is to blame, and not this one question.
     */
    public function isOutage(): bool
    {
        return $this->failure !== '' && !in_array($this->status, [400, 404, 413, 414, 422], true);
    }
}
