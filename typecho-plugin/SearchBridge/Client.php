<?php

declare(strict_types=1);

namespace TypechoPlugin\SearchBridge;

if (!defined('__TYPECHO_ROOT_DIR__')) {
    exit;
}

/**
 * One signed HTTP request to the service, within a time limit.
 *
 * Never throws: what went wrong is part of the reply.
 */
final class Client
{
    /** @var array url, key, connectMs, totalMs */
    private $settings;

    public function __construct(?array $settings = null)
    {
        $this->settings = $settings ?? Settings::all();
    }

    public function get(string $path, array $query = []): Reply
    {
        return $this->send('GET', $path, http_build_query($query, '', '&', PHP_QUERY_RFC3986), '');
    }

    public function post(string $path, array $content): Reply
    {
        return $this->send('POST', $path, '', (string) json_encode($content));
    }

    private function send(string $method, string $path, string $query, string $body): Reply
    {
        $address = Address::parse((string) $this->settings['url']);
        if ($address === null) {
            return Reply::failed('address', 'not an address: ' . $this->settings['url']);
        }
        // A path in front of /api belongs to a proxy, which takes it away again.
        $headers = Signature::headers((string) $this->settings['key'], $method, $path, $query, $body);
        $headers[] = 'Accept: application/json';
        $headers[] = 'User-Agent: SearchBridge/' . Plugin::VERSION;
        if ($method === 'POST') {
            $headers[] = 'Content-Type: application/json';
            $headers[] = 'Expect:';
        }
        $url = $address->base . $path . ($query === '' ? '' : '?' . $query);

        return function_exists('curl_init')
            ? $this->byCurl($address, $method, $url, $headers, $body)
            : $this->byStream($address, $method, $url, $headers, $body);
    }

    private function byCurl(Address $address, string $method, string $url, array $headers, string $body): Reply
    {
        $curl = curl_init();
        $options = [
            CURLOPT_URL => $url,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => $headers,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_CONNECTTIMEOUT_MS => (int) $this->settings['connectMs'],
            CURLOPT_TIMEOUT_MS => (int) $this->settings['totalMs'],
            // Limits below one second need this; and http_proxy of the environment is not meant for us.
            CURLOPT_NOSIGNAL => 1,
            CURLOPT_PROXY => '',
        ];
        if ($method === 'POST') {
            $options[CURLOPT_POSTFIELDS] = $body;
        }
        if ($address->socket !== null) {
            $options[CURLOPT_UNIX_SOCKET_PATH] = $address->socket;
        }
        curl_setopt_array($curl, $options);
        $text = curl_exec($curl);
        if ($text === false) {
            return Reply::failed($this->kind(curl_errno($curl)), curl_error($curl));
        }

        return Reply::received((int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE), (string) $text);
    }

    private function kind(int $number): string
    {
        $kinds = [6 => 'dns', 7 => 'refused', 28 => 'timeout', 35 => 'tls', 51 => 'tls', 60 => 'tls'];

        return $kinds[$number] ?? 'network';
    }

    /**
     * For the rare host without the curl extension: no separate limit for connecting.
     */
    private function byStream(Address $address, string $method, string $url, array $headers, string $body): Reply
    {
        if ($address->socket !== null) {
            return Reply::failed('address', 'a unix socket needs the curl extension of PHP');
        }
        $seconds = (int) $this->settings['totalMs'] / 1000;
        $context = stream_context_create(['http' => [
            'method' => $method,
            'header' => implode("\r\n", array_diff($headers, ['Expect:'])),
            'content' => $body,
            'timeout' => $seconds,
            'ignore_errors' => true,
            'follow_location' => 0,
            'protocol_version' => 1.1,
        ]]);
        $started = microtime(true);
        $handle = @fopen($url, 'rb', false, $context);
        if ($handle === false) {
            $slow = microtime(true) - $started >= $seconds;
            return Reply::failed($slow ? 'timeout' : 'refused', 'no connection');
        }
        $text = (string) stream_get_contents($handle);
        $lines = (array) (stream_get_meta_data($handle)['wrapper_data'] ?? []);
        fclose($handle);
        preg_match('{^HTTP/\S+ (\d{3})}', (string) ($lines[0] ?? ''), $found);

        return Reply::received((int) ($found[1] ?? 0), $text);
    }
}
