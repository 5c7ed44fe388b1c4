/** What makes a data set costly to read item by item. */

/** Calls that read or decode something. */
export const itemWork =
  /^(builtins\.open|PIL\.Image\.open|PIL\.ImageFile\.\w+|cv2\.(imread|resize|VideoCapture|imdecode|cvtColor)|imageio\.([\w.]*\.)?(imread|get_reader)|skimage\.io\.imread|torchvision\.io\.\w+|torchvision\.transforms\.functional\.\w+|torchaudio\.load|torchaudio\.transforms\.\w+|librosa\.([\w.]*\.)?\w+|soundfile\.(read|SoundFile)|scipy\.io\.(wavfile\.read|loadmat)|numpy\.(load|loadtxt|genfromtxt|fromfile)|torch\.load|pandas\.read_\w+|json\.loads?|pickle\.loads?|nibabel\.load|rasterio\.open|tifffile\.imread|requests\.get|urllib\.request\.\w+|decord\.\w+|av\.open|SimpleITK\.ReadImage|pydicom\.(dcmread|read_file)|trimesh\.load\w*|torchvision\.datasets\.folder\.default_loader|albumentations\.\w+|safetensors\.\w+\.load_file|lmdb\.open|h5py\.File)$/;

/** Methods and attributes that stand for such work by their name. */
export const itemWorkName =
  /transform|augment|tokeniz|preprocess|^(load|read|open|decode)_?\w*(image|img|audio|wav|video|file|frame)s?$|pil_loader|img_loader|image_loader|^imread$/i;

/** Handles that do not survive the way into a worker. */
export const sharedHandle =
  /^(h5py\.File|lmdb\.open|zipfile\.ZipFile|tarfile\.open|sqlite3\.connect|builtins\.open|tables\.open_file|netCDF4\.Dataset|caffe2\.\w+|pymongo\.MongoClient)$/;

/** Library data sets that read and decode a file per item. */
export const decodingDataset =
  /^torchvision\.datasets\.(folder\.)?(ImageFolder|DatasetFolder|ImageNet|CocoDetection|CocoCaptions|VOCDetection|VOCSegmentation|CelebA|Places365|Flowers102|Food101|OxfordIIITPet|Cityscapes|LFWPeople|LFWPairs|Kinetics|UCF101|HMDB51|Caltech101|Caltech256|StanfordCars|FGVCAircraft|Country211|DTD|EuroSAT|GTSRB|INaturalist|LSUN|Omniglot|SUN397|WIDERFace|SBDataset|Imagenette|RenderedSST2)$|^torchaudio\.datasets\.\w+$/;

/** Library data sets that transform each item, of which they hold the data or its name. */
export const transformedDataset =
  /^torchvision\.datasets\.(CIFAR10|CIFAR100|MNIST|FashionMNIST|KMNIST|EMNIST|QMNIST|SVHN|STL10|USPS|SEMEION|PCAM|Kitti)$|^monai\.data\.Dataset$/;

/** Functions that write sound to a file. */
export const soundWriter =
  /^(soundfile\.write|librosa\.output\.write_wav|scipy\.io\.wavfile\.write|torchaudio\.save)$/;

/** Functions that begin a figure or write it to a file. */
export const figureMaker = /^matplotlib\.pyplot\.(subplots|figure|savefig)$/;

/** Library data sets whose items are those of their first argument, or of what that lists. */
export const wrappingDataset = /^torch\.utils\.data\.(Subset|ConcatDataset|random_split)$/;
