"""`fastgru demo`."""


def demo(options):
    from fastgru import demo

    demo.run(options.sentences, options.epochs, options.save, options.seed)
