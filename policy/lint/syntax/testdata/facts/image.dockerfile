# escape=\
FROM alpine
ARG INSECURE=true
ENV A=b C="d e" F=g\ h \
    # comment
    X=${X:-0}
ENV NODE_TLS_REJECT_UNAUTHORIZED 0
RUN --mount=type=cache,target=/x curl -k https://x && \
   # hey
   wget --no-check-certificate https://y
CMD ["sh", "-c", "curl -k https://a.b"]
HEALTHCHECK --interval=5s CMD curl -fk https://localhost/ || exit 1
RUN <<EOT
curl -k x
EOT
COPY <<EOT /etc/a.properties
trust.all=true
EOT
