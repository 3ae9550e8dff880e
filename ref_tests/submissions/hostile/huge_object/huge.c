// Fault: is compiled to a file that is larger than the checker reads, so that it could not be built
char huge[40 << 20] = { 1 };
