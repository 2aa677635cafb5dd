# The release: packaging/dist makes it, CONTRIBUTING.md says when and how.

.PHONY: dist

#: make dist       the release in build/dist/: the source, static programs for x86-64
#:                 and arm64, what is in them (SPDX), SHA256SUMS; DIST=amd64 for one
DIST ?= amd64 arm64
dist:
	@tests/need dist $(DIST:%=dist-%)
	@BUILD='$(BUILD)' packaging/dist $(DIST)

scripts += packaging/dist cgi/mixspool.cgi
