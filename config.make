# Included by nginx's auto/make in its source tree: how to make the C bytes of
# openapi.json.  $ngx_addon_dir is this directory.

cat << END                                                    >> $NGX_MAKEFILE

$NGX_OBJS/ngx_http_yizhan_openapi.h:	$ngx_addon_dir/openapi.json
	od -An -v -tu1 $ngx_addon_dir/openapi.json | awk \
		'BEGIN { print "static const unsigned char  ngx_http_yizhan_openapi[] = {" } \
		{ for (i = 1; i <= NF; i++) printf "%s,", \$\$i; print "" } \
		END { print "};" }' > $NGX_OBJS/ngx_http_yizhan_openapi.h.new
	mv $NGX_OBJS/ngx_http_yizhan_openapi.h.new $NGX_OBJS/ngx_http_yizhan_openapi.h

END
