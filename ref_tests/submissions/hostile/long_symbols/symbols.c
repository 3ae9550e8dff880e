// Fault: has eighty symbols that share the characters of one name, so that their names take eighty times as much
#define TEN(x) x x x x x x x x x x
#define LONG TEN(TEN(TEN(TEN(TEN("aaaaaaaaaa")))))

/* Each name is the end of the next one. */
__asm__(".macro name n, left\n"
	".globl \\n\n"
	"\\n:\n"
	".if \\left\n"
	"name a\\n, %(\\left - 1)\n"
	".endif\n"
	".endm\n"
	".altmacro\n"
	"name " LONG ", 80\n");
