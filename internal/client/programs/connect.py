# connect.py ADDRESS PORT HOST [FILE|DIRECTORY]
import os
import socket
import ssl
import sys

address, port, host = sys.argv[1:4]
bundle = sys.argv[4] if len(sys.argv) > 4 else None
try:
    if bundle and os.path.isdir(bundle):
        context = ssl.create_default_context(capath=bundle)
    else:
        context = ssl.create_default_context(cafile=bundle)
except (OSError, ssl.SSLError) as e:
    sys.exit("unloadable: %s" % e)
try:
    with socket.create_connection((address, int(port)), 20) as plain:
        with context.wrap_socket(plain, server_hostname=host):
            print("accepted")
except ssl.SSLError as e:
    sys.exit("refused: %s" % e)
except OSError as e:
    sys.exit("failed: %s" % e)
