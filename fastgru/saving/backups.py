"""The files of BackupAndRestore."""


def write_backup(path, tree):
    """Write a tree of values and arrays, all or nothing."""
    from fastgru.formats import backup
    from fastgru.formats.atomic import replacing

    data = backup.dump(tree)
    with replacing(path) as file:
        file.write(data)


def read_backup(path):
    """The tree of values and arrays in a file."""
    from fastgru.formats import backup

    with open(path, "rb") as file:
        return backup.load(file.read())
