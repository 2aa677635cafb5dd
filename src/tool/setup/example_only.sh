fail 'this is an example: give the host name, as in mixspool setup hooks.example.com'
