/** A name says what is called by its words, not by letters that another word happens to hold. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNetworkName, isQuietName } from './knowledge/waiting.ts';

const networks =
  'model models ema_model modelEMA net netG net_D unet UNet resnet50 net_1 mlp MLPBlock encoder text_encoder imageEncoder autoencoder transformer conv conv1 conv2d upconv conv_block embed embedding word_embeddings layer layers layer4 block basicblock lm_head multihead actor ActorCritic policy feature_extractor G D G_AB D1 DA netg clip lpips vgg16 lstm';
const others =
  'convert_predictions converter compute_factor factor clip_boxes clip_grad do gt d_prime g modelling_report player display unblocked header ahead_of evaluate score bertscore convolve_map';
for (const name of networks.split(' ')) test(`a network: ${name}`, () => assert.ok(isNetworkName(name)));
for (const name of others.split(' ')) test(`no network: ${name}`, () => assert.ok(!isNetworkName(name)));

const quiet =
  'loss loss_fn lossfunc bceloss l1loss compute_losses vggLoss MSELoss criterion criterions self_criterion crit backward scheduler lr_schedule mixup cutmix_data augment augmentations rand_augment autoaugment append log_metrics add_ scatter_add';
const loud = 'lossless_copy glossary augmented_report critical evaluate score subjective';
for (const name of quiet.split(' ')) test(`queues work: ${name}`, () => assert.ok(isQuietName(name)));
for (const name of loud.split(' ')) test(`may wait: ${name}`, () => assert.ok(!isQuietName(name)));
