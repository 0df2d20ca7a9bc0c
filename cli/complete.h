// What may come next on a command line that is being typed; behind the completion scripts.
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

// `words` are those behind the program's name, the last one (it may be empty) is being typed.
// Prints one candidate a line, with a tab and a description if there is one, or ":files" or
// ":folders" for names of the file system. Names of devices, applications and settings come from
// the cloud, if it answers quickly. Says nothing about errors. Returns CLI_OK.
int complete_words(char **words, int count);

#endif
