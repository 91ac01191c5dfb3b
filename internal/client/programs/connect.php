<?php
// connect.php ADDRESS PORT HOST
[, $address, $port, $host] = $argv;
$context = stream_context_create(['ssl' => ['peer_name' => $host]]);
$socket = stream_socket_client("ssl://$address:$port", $number, $text, 20, STREAM_CLIENT_CONNECT, $context);
if ($socket) {
    exit("accepted\n");
}
