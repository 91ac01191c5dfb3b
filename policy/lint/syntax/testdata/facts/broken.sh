if true; then
  curl -k a
  {{- if .Values.x }}
  wget --no-check-certificate {{ .Values.url }}
  {{- end }}
  )
  curl -k b
fi
cat > x.properties <<E
a=b
