# Debian packages; the Makefile includes this file.

.PHONY: deb test-packages

#: make deb        Debian packages into build/deb/; ARCH=arm64: into build/deb/arm64/
#: make test-packages  install, upgrade, remove and purge them in a bare Debian 12 and
#:                 13, as root; SUITES=trixie for one
ARCH =
deb:
	@tests/need deb $(if $(ARCH),deb-$(ARCH))
	@BUILD='$(BUILD)' packaging/deb $(ARCH)

SUITES = bookworm trixie
test-packages:
	@tests/need deb packages
	@BUILD='$(BUILD)' tests/packages/run $(SUITES)

scripts += packaging/deb packaging/version packaging/debian/mixspool.postinst packaging/debian/mixspool.postrm \
	packaging/debian/tests/demo tests/packages/bare tests/packages/run
