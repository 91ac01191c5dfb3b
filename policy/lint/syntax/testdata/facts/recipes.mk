ifdef X
V = -k
V2 := $(V) -s
endif
export A
A ?= 1
t: export B = 2
t: a | b
	@-+curl $(V2) x && \
		cd $(dir $@) ; echo $${Y} $$(curl -k z)
	for i in a b; do \
	  wget --no-check-certificate $$i; \
	done
define M
x
endef
# curl -k
