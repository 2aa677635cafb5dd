# Debian packages; the Makefile includes this file.

.PHONY: deb

#: make deb        Debian packages into build/deb/; ARCH=arm64: into build/deb/arm64/
ARCH =
deb:
	@tests/need deb $(if $(ARCH),deb-$(ARCH))
	@BUILD='$(BUILD)' packaging/deb $(ARCH)

scripts += packaging/deb packaging/debian/mixspool.postinst packaging/debian/mixspool.postrm
