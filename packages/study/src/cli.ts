/** The command line: `regional-saliency inspect | methods | explain | compile | study | compare | regions`. */
import { SaliencyError } from '@regional-saliency/core';
import { type ReductionName, reductions } from '@regional-saliency/regions';
import { Command, CommanderError } from 'commander';
import { backendNames } from './backends';
import { type CompareCommand, compareTable, showComparisons, WrongUsage } from './commands/compare';
import { type CompileCommand, compileModel } from './commands/compile';
import { type ExplainCommand, explainImages } from './commands/explain';
import { inspect, showInspection } from './commands/inspect';
import { showMethod, showMethods } from './commands/methods';
import {
  axisOption,
  collect,
  collectCondition,
  collectOutputs,
  collectSetting,
  collectShape,
  cropOption,
  listOption,
  numberIn,
  numbersOption,
  objectiveOption,
  oneOf,
  sizeOption,
  targetOption,
  wholeIn,
  wholeOption,
  windowOption,
} from './commands/options';
import { type ChestCommand, chestMasks } from './commands/regions';
import { type StudyCommand, showOutcome, studyFromFile } from './commands/study';
import { correctionNames, effectNames, postHocNames, testNames } from './compare/settings';
import type { InputShapes } from './model';
import { objectiveHelp } from './objective';
import { colourMaps } from './overlay/colours';
import { startPatiently } from './progress';
import { number } from './report/words';
import { Stopped } from './study/run';
import { version } from './version';

/** Where a command writes; tests read it. */
export interface Output {
  out(text: string): void;
  error(text: string): void;
}

const standard: Output = {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
};

/**
 * Runs one command line.
 *
 * @param args as after the program's name
 * @returns the exit code: 0; 1 where something could not be done; 2 for a command line that makes no sense; 130 after
 *   Ctrl-C
 */
export async function main(args: readonly string[], output: Output = standard): Promise<number> {
  let code = 0;
  const fail = (sentence: string) => {
    code = 1;
    // A runtime's own words may run over several lines.
    const line = sentence.replace(/\s+/g, ' ').trim();
    const cure =
      'say what is explained with --objective, which explain --help lists (in a study "objective")';
    output.error(`error: ${line.replace('give an objective instead', cure)}\n`);
  };
  try {
    await program(output, fail).parseAsync(args as string[], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Stopped) {
      output.error(`${error.message}\n`);
      return 130;
    }
    if (!(error instanceof SaliencyError)) throw error;
    fail(error.message);
    return 1;
  }
}

function program(output: Output, fail: (sentence: string) => void): Command {
  const cli = new Command('regional-saliency')
    .description('Which region of an image did a vision model rely on, and is that effect real?')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(--help says how it is used)')
    .configureOutput({ writeOut: output.out, writeErr: output.error });

  cli
    .command('inspect')
    .description('show a model’s layers and their names, its costs, and which methods can explain it')
    .argument('<model>', 'an ONNX file, or the model.json of a tfjs model')
    .option('--shape <input=dims>', shapeHelp, collectShape)
    .option('--outputs <names>', outputsHelp, collectOutputs)
    .option('--methods', 'only which methods can explain it, and what stands in the way of the others')
    .option('--names', 'list every name that --layer accepts')
    .option('--json', 'as JSON')
    .addHelpText('after', example('regional-saliency inspect resnet18.onnx --methods'))
    .action(async (path: string, options: InspectCommand) => {
      const read = { shapes: options.shape, outputs: options.outputs };
      const inspection = await inspect(path, read, (work) => startPatiently(work));
      output.out(
        options.json ? `${JSON.stringify(inspection, null, 2)}\n` : showInspection(inspection, options),
      );
    });

  cli
    .command('methods')
    .description('list the methods, or what one of them is and the options it takes')
    .argument('[id]', 'a method')
    .addHelpText('after', example('regional-saliency methods grad-cam'))
    .action((id: string | undefined) => output.out(id === undefined ? showMethods() : showMethod(id)));

  const explaining = (command: Command, inputTarget: boolean) =>
    command
      .requiredOption('-m, --method <id>', 'such as grad-cam; regional-saliency methods lists all')
      .option(
        '-l, --layer <name>',
        'for methods that take one: a name that inspect lists (default, for most: the last layer with places left)',
      )
      .option(
        '-s, --set <name=value>',
        'an option of the method, which regional-saliency methods <id> lists; may be repeated',
        collectSetting,
      )
      .option(
        '-t, --target <target>',
        inputTarget
          ? 'whose score is explained: predicted, input (given with each image) or a class’s index from 0'
          : 'whose score is explained: predicted or a class’s index from 0',
        targetOption(inputTarget),
        'predicted',
      )
      .option('--objective <what>', 'explained instead of a class’s score, as listed below', objectiveOption)
      .option('--shape <input=dims>', shapeHelp, collectShape)
      .option('--outputs <names>', outputsHelp, collectOutputs)
      .option(
        '--mean <numbers>',
        'subtracted from pixels on the scale 0..1, one number a channel (default: 0)',
        numbersOption,
      )
      .option(
        '--std <numbers>',
        'that they are divided by after that, one a channel (default: 1)',
        numbersOption,
      )
      .option(
        '--imagenet',
        'as torchvision’s models take images: --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225',
      );

  const scanned = (command: Command) =>
    command
      .option(
        '--window <centre,width>',
        'DICOM, NIfTI: the values from black to white, such as 40,400 (default: the file’s own)',
        windowOption,
      )
      .option('--frame <number>', 'DICOM: which one of several frames, from 0', wholeOption)
      .option(
        '--axis <axis>',
        'NIfTI: axial, coronal, sagittal, or 0, 1, 2 of the array (default: axial)',
        axisOption,
      )
      .option('--index <number>', 'NIfTI: which slice, from 0 (default: the middle one)', wholeOption)
      .option('--volume <number>', 'NIfTI: which one of several volumes, from 0', wholeOption);

  scanned(explaining(cli.command('explain'), false))
    .description('write an overlay (PNG) and the map (.npy) for each image')
    .argument('<model>', 'an ONNX file, or the model.json of a tfjs model')
    .argument('<image...>', 'PNG, JPEG, TIFF, DICOM or NIfTI files, or folders of them')
    .option(
      '--size <h×w>',
      'pixels that images are resized to, as 224x224, or 256 for the shorter side (default: the model’s own)',
      sizeOption,
    )
    .option(
      '--crop <h×w>',
      'pixels of the middle that is cut out after resizing, as 224x224 (default: all)',
      cropOption,
    )
    .option('-o, --output <folder>', 'where <image>.<method>.png and .npy go', 'saliency')
    .option(
      '--reduce <how>',
      'from channels to one map: sum-abs, max-abs, sum (which keeps the sign) or positive',
      oneOf('it', Object.keys(reductions) as ReductionName[]),
      'sum-abs',
    )
    .option(
      '--colours <map>',
      `of the overlay: ${colourMaps.join(', ')} (default: inferno; with --reduce sum purple-orange)`,
      oneOf('it', colourMaps),
    )
    .option(
      '--threshold <percent>',
      '0 to 100: pixels weaker than this percentile of the map show the image alone',
      numberIn(0, 100),
      75,
    )
    .option('--opacity <part>', 'of the colours, 0 to 1', numberIn(0, 1), 0.6)
    .option(
      '--backend <name>',
      `what computes: ${backendNames.join(', ')}`,
      oneOf('it', backendNames),
      'onnxruntime',
    )
    .addHelpText(
      'after',
      withObjectives(
        'regional-saliency explain resnet18.onnx xray.png --method grad-cam --layer layer4 --imagenet -o out/',
      ),
    )
    .action(async (model: string, images: string[], options: ExplainCommand) => {
      const { explained, failed } = await explainImages(model, images, options, (work) =>
        startPatiently(work),
      );
      for (const { image, score, value, absorbed, overlay, map } of explained) {
        const share = absorbed === undefined ? '' : `, biases absorbed ${number(absorbed)} of the relevance`;
        const what = score
          ? `predicted ${score.predicted}, explained ${score.target} (${number(score.output)})`
          : `explained ${options.objective!.text} (${number(value!)})`;
        output.out(`${image}: ${what}${share}: ${overlay}, ${map}\n`);
      }
      for (const sentence of failed) fail(sentence);
    });

  explaining(cli.command('compile'), true)
    .description('write model and explanation as one plain ONNX file')
    .argument('<model>', 'an ONNX file, or the model.json of a tfjs model')
    .option(
      '-c, --capture <layer>',
      'make the activation and relevance of a layer, or of all that match layer*, outputs; may be repeated',
      collect,
    )
    .option('--with-preprocessing', 'take raw 0..255 images: scaling, --mean and --std go into the file')
    .option('--portable', 'only forms that every execution provider runs, at some cost in speed')
    .option('--opset <version>', 'of ONNX’s operators, 16 to 23', numberIn(16, 23), 18)
    .option('-o, --output <file>', 'the file to write', 'explained.onnx')
    .addHelpText(
      'after',
      withObjectives(
        'regional-saliency compile resnet18.onnx --method lrp-epsilon-plus --target input -o explained.onnx',
      ),
    )
    .action(async (model: string, options: CompileCommand) => {
      for (const line of await compileModel(model, options)) output.out(`${line}\n`);
    });

  cli
    .command('study')
    .description('run a study: folders of images to scores, tests and a report')
    .argument('<file>', 'the study’s settings, a JSON file')
    .option(
      '--backend <name>',
      `instead of the file’s (onnxruntime, where it says none): ${backendNames.join(', ')}`,
      oneOf('it', backendNames),
    )
    .option('-o, --output <folder>', 'instead of the file’s (<file>-results, where it says none)')
    .addHelpText('after', `\n${leastStudy}\n${example('regional-saliency study study.json')}`)
    .action(async (file: string, options: StudyCommand) => {
      output.out(showOutcome(await studyFromFile(file, options)));
    });

  cli
    .command('compare')
    .description('compare groups on any table of scores: tests, corrections, effects')
    .argument('<table>', 'CSV or Parquet with a row for each score')
    .requiredOption('--group <column>', 'which group a row is of')
    .requiredOption('--score <column>', 'its score; empty, NaN or NA is a missing one')
    .option(
      '--by <columns>',
      'what is compared on its own, such as method,region (default: all rows together)',
      listOption,
    )
    .option(
      '--groups <names>',
      'which of them, the first being the one whose larger scores are positive effects (default: all)',
      listOption,
    )
    .option(
      '--test <name>',
      `${testNames.join(', ')} (default: seed-rule; with --pair wilcoxon)`,
      oneOf('it', testNames),
    )
    .option(
      '--correct <name>',
      `${correctionNames.join(', ')}; max-t permutes images, so a column must name them: --image, --patient or --pair`,
      oneOf('it', correctionNames),
      'bonferroni',
    )
    .option('--family <column>', 'what is corrected together: all, or each value of a column of --by', 'all')
    .option(
      '--effect <name>',
      `${effectNames.join(', ')} (default: cohens-d, or what goes with the test)`,
      oneOf('it', effectNames),
    )
    .option(
      '--post-hoc <name>',
      `which of several groups differ: ${postHocNames.join(', ')} (default: what goes with the test)`,
      oneOf('it', postHocNames),
    )
    .option('--image <column>', 'which image a row is of (default: image, where there is such a column)')
    .option('--patient <column>', 'whose image: each patient then counts once, by the mean of its images')
    .option('--pair <column>', 'rows of two groups with the same value are a pair')
    .option('--strata <column>', 'a site, a device: labels are permuted within its values')
    .option('--where <column=value>', 'only rows with this value; may be repeated', collectCondition)
    .option('--alpha <level>', 'of significance', numberIn(1e-12, 0.999), 0.05)
    .option('--permutations <count>', 'of permutation tests and max-t', wholeIn(1, 1e7), 9999)
    .option('--seed <number>', 'of what is drawn', wholeIn(0, Number.MAX_SAFE_INTEGER), 0)
    .option('-o, --output <file>', 'where every comparison goes, with all its figures', 'results.json')
    .addHelpText(
      'after',
      example(
        'regional-saliency compare scores.csv --group group --score score --by method,region --test permutation --correct max-t -o results.json',
      ),
    )
    .action(async (table: string, options: CompareCommand, command: Command) => {
      try {
        const results = await compareTable(table, options);
        output.out(showComparisons(results, options.output));
        for (const { cell, missing } of results.comparisons) {
          if (missing !== undefined) fail(`${Object.values(cell).join(', ')} is not tested: ${missing}`);
        }
      } catch (error) {
        if (error instanceof WrongUsage) command.error(`error: ${error.message}`);
        throw error;
      }
    });

  scanned(cli.command('regions'))
    .description('find regions of images: the lungs of chest X-rays')
    .argument('<kind>', 'chest: right lung, left lung, mediastinum', oneOf('it', ['chest']))
    .argument('<image...>', 'frontal chest X-rays: PNG, JPEG, TIFF, DICOM or NIfTI files, or folders of them')
    .option(
      '-o, --output <folder>',
      'where label maps (PNG, of each image’s own size) and regions.json go',
      'masks',
    )
    .option('--backend <name>', backendNames.join(', '), oneOf('it', backendNames), 'onnxruntime')
    .addHelpText(
      'after',
      `\nA label map holds 0 for the rest, 1 right lung, 2 left lung, 3 mediastinum; a study reads it as
{"type": "labels", "file": "masks/{image}.png", "labels": {"1": "right lung", "2": "left lung", "3": "mediastinum"}}.
Images that are lateral, turned, inverted, cut or no chest X-rays are refused.
${example('regional-saliency regions chest xrays/*.png -o masks/')}`,
    )
    .action(async (_kind: string, images: string[], options: ChestCommand) => {
      const found = await chestMasks(images, options, (work) => startPatiently(work));
      const masks = found.filter((each) => 'labels' in each);
      for (const each of found) {
        if ('refused' in each)
          fail(
            each.refused.includes(each.image)
              ? each.refused
              : `${each.image}: no lung fields: ${each.refused}`,
          );
      }
      const confidences = masks.map(({ confidence }) => confidence);
      output.out(
        `${masks.length} of ${found.length} label maps${masks.length > 0 ? `, confidence ${number(Math.min(...confidences))} to ${number(Math.max(...confidences))}` : ''}: ${options.output}\n`,
      );
    });

  // Options are inherited one by one: subcommands must not end the process either.
  for (const command of cli.commands) command.exitOverride().configureOutput(cli.configureOutput());
  return cli;
}

interface InspectCommand {
  readonly shape?: InputShapes;
  readonly outputs?: readonly string[];
  readonly names?: boolean;
  readonly methods?: boolean;
  readonly json?: boolean;
}

const shapeHelp = 'of an input whose height or width the file leaves open, such as input=N,3,224,224';

const outputsHelp =
  'layers that the model ends at, between commas, instead of its own outputs: for operators at its end that have no counterpart here';

const example = (line: string) => `\nExample:\n  $ ${line}`;

const withObjectives = (line: string) => `\nObjectives:\n${objectiveHelp}\n${example(line)}`;

const leastStudy = `The least that a study says (paths are relative to its file):
  {
    "model": "resnet18.onnx",
    "groups": { "NORMAL": "images/NORMAL", "PNEUMONIA": "images/PNEUMONIA" },
    "preprocessing": { "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] },
    "methods": ["gradient", { "id": "grad-cam", "layer": "layer4" }],
    "regions": [{ "type": "grid", "rows": 1, "columns": 3 }]
  }`;
