"""Where messages for people go: standard output, or Python's logging."""

import logging
import sys

from minigrad import settings


def print_msg(message: object, line_break: bool = True) -> None:
    """Show a message on standard output, or send it to the logger "minigrad".

    `config.disable_interactive_logging()` chooses the logger.
    """
    text = str(message)
    if not settings.is_interactive_logging_enabled():
        logging.getLogger("minigrad").info(text)
        return
    if line_break:
        text += "\n"
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:  # a terminal that knows no box-drawing characters
        encoding = sys.stdout.encoding or "ascii"
        plain = text.translate(ASCII_LINES)
        sys.stdout.write(plain.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


# The lines that bars and tables are drawn with, and what stands for them in ASCII.
ASCII_LINES = str.maketrans("━─│┃┏┓┗┛┡┩┳┻┴┬├┤┼╇", "=-||++++++++++++++")
