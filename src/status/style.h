/* style.h: the page's CSS. Text on its background has a contrast of 4.5 or
   more, in both themes; bars have 3 or more. */
#ifndef STYLE_H
#define STYLE_H

/* NULL at the end. */
extern const char *const style_css[];

#endif
