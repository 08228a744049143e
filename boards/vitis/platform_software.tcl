# xsct: makes the platform that v++ --platform takes from the hardware description of platform.tcl.
#
#   xsct platform_software.tcl NAME XSA FOLDER
#
# The result is FOLDER/NAME/export/NAME/NAME.xpfm. Linux on the board boots from the board's own image: the platform
# names the processor's domain and carries no boot files.
if {$argc != 3} {
  puts stderr "usage: platform_software.tcl NAME XSA FOLDER"
  exit 2
}
lassign $argv name xsa folder
file delete -force $folder
file mkdir $folder $folder/image $folder/boot
close [open $folder/linux.bif w]
setws $folder
platform create -name $name -hw $xsa
domain create -name linux -os linux -proc psu_cortexa53
domain config -image $folder/image
domain config -boot $folder/boot
domain config -bif $folder/linux.bif
platform config -remove-boot-bsp
platform -generate
exit
