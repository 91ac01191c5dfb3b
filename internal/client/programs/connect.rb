# connect.rb ADDRESS PORT HOST [FILE|DIRECTORY]
require 'openssl'
require 'socket'

address, port, host, bundle = ARGV
store = OpenSSL::X509::Store.new
begin
  if bundle.nil?
    store.set_default_paths
  elsif File.directory?(bundle)
    store.add_path(bundle)
  else
    store.add_file(bundle)
  end
rescue OpenSSL::X509::StoreError => e
  abort "unloadable: #{e.message}"
end
begin
  context = OpenSSL::SSL::SSLContext.new
  context.set_params(cert_store: store)
  socket = OpenSSL::SSL::SSLSocket.new(Socket.tcp(address, port.to_i, connect_timeout: 20), context)
  socket.hostname = host unless host =~ /\A[0-9.]+\z|:/
  socket.connect
  socket.post_connection_check(host)
  puts 'accepted'
rescue OpenSSL::SSL::SSLError => e
  abort "refused: #{e.message}"
rescue SystemCallError => e
  abort "failed: #{e.message}"
end
