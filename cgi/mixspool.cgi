#!/bin/sh
# mixspool on shared hosting (see docs/shared-hosting.md): starts mixspool.fcgi, which
# is beside it in cgi-bin/, with these settings. SetEnv in .htaccess would not do:
# where Apache starts programs as the owner of the folder, it takes such variables away.

# The spool, seen from cgi-bin/. Two levels up is beside public_html, where no URL
# reaches. An absolute path works as well.
MIXSPOOL_DIR=../../mixspool

# Only requests with the secret in this file are accepted: one line, permissions 600.
# With a # in front of the line, anybody may post, and nobody sees the status page.
MIXSPOOL_SECRET_FILE=../../mixspool-secret

export MIXSPOOL_DIR MIXSPOOL_SECRET_FILE
exec ./mixspool.fcgi
