/** Lines that say what the lines after them count: headings of epochs, of samples, and of tables. */

/** `Epoch 1/5` alone on a line, as Keras heads its bars. */
export const epochHeading = /^\s{0,8}epoch[: ]{1,3}(\d{1,6})(?: {0,2}\/ {0,2}(\d{1,6}))?\s{0,8}$/i;

/** `Train on 60000 samples, validate on 10000 samples`: the bars of Keras before 2.2 count those, not batches. */
export const samplesHeading = /^Train on (\d{1,9}) samples/;

/** `  epoch    train_loss    valid_loss     dur`: the rows below begin with the count, or with it and
 * its share, as `4090 (81.78%)`. */
export const tableHeading =
  /^[\s|]{0,8}(epoch|step|iter|iteration)[\s|(]{1,12}(?=[^\d]{0,300}(?:loss|acc|time|dur))[^\d]{3,300}$/i;
export const tableRow = /^[\s|]{0,8}(\d{1,9})(?: \([\d.]{1,6}%\))?[\s|]{1,40}(?:\d{1,9}\.\d|nan|no log)/i;
