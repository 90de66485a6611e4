"""What recurrent layers share: states from batch to batch, and cells stepped one by one."""
