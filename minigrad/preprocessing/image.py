"""Images between files, Pillow and arrays: see `minigrad.utils`."""

from minigrad.utils.images import array_to_img, img_to_array, load_img, save_img, smart_resize

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img", "smart_resize"]
